using MeshInsight.Anomaly.Sampling;

namespace MeshInsight.Benchmarks.Replay;

/// <summary>Simple rules that a sampler has to beat.</summary>
internal static class FloorSamplers
{
    private const int SlowWindow = 2000;
    private const int SlowWarmUp = 50;

    public static bool[] Random(ReplaySet set, double budget, int seed)
    {
        ulong threshold = ConsistentSampling.Threshold(budget);
        return [.. set.Traces.Select(trace => ConsistentSampling.Keep(ReplaySampler.Randomness(trace, seed), threshold))];
    }

    /// <summary>Slower than the running quantile of its root operation, while there is budget left.</summary>
    public static bool[] SlowTail(ReplaySet set, double budget)
    {
        bool[] kept = new bool[set.Traces.Length];
        var history = new Dictionary<(int, int), (List<long> Sorted, Queue<long> InOrder)>();
        int count = 0;
        for (int i = 0; i < kept.Length; i++)
        {
            var root = set.Traces[i].Root;
            if (!history.TryGetValue((root.Service, root.Operation), out var known))
            {
                history[(root.Service, root.Operation)] = known = ([], new());
            }

            int seen = known.Sorted.Count;
            kept[i] = seen >= SlowWarmUp && count < (budget * (i + 1)) + 5 && root.DurationMicros > known.Sorted[Math.Min(seen - 1, (int)((1 - budget) * seen))];
            count += kept[i] ? 1 : 0;
            Insert(known.Sorted, root.DurationMicros);
            known.InOrder.Enqueue(root.DurationMicros);
            if (known.InOrder.Count > SlowWindow)
            {
                known.Sorted.RemoveAt(known.Sorted.BinarySearch(known.InOrder.Dequeue()));
            }
        }

        return kept;
    }

    /// <summary>The rarer its path type, the likelier, scaled to the budget.</summary>
    public static bool[] RarePath(ReplaySet set, double budget, int seed)
    {
        bool[] kept = new bool[set.Traces.Length];
        var counts = new Dictionary<int, int>();
        var random = new Random(seed);
        int count = 0;
        double scale = 1;
        for (int i = 0; i < kept.Length; i++)
        {
            int path = set.Traces[i].PathType;
            counts[path] = counts.GetValueOrDefault(path) + 1;
            kept[i] = random.NextDouble() < Math.Min(1, scale * (i + 1) / counts.Count / counts[path] * budget);
            count += kept[i] ? 1 : 0;
            scale = Math.Clamp(scale * (count < budget * (i + 1) ? 1.02 : .98), 1e-4, 100);
        }

        return kept;
    }

    private static void Insert(List<long> sorted, long value)
    {
        int at = sorted.BinarySearch(value);
        sorted.Insert(at < 0 ? ~at : at, value);
    }
}
