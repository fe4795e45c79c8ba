namespace MeshInsight.Proxy.Metrics;

/// <summary>A histogram with the bounds of Envoy's (and so Istio's) histograms, in one unit; values come in <paramref name="perUnit"/> parts of it. Thread-safe.</summary>
internal sealed class FixedHistogram(int perUnit)
{
    private readonly long[] _counts = new long[UpperBounds.Length + 1];
    private long _sum;
    private ExemplarReservoir? _exemplars;

    /// <summary>Inclusive upper bounds: milliseconds for durations, bytes for sizes.</summary>
    public static double[] UpperBounds { get; } =
    [
        0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000,
    ];

    /// <summary>In the unit of the bounds.</summary>
    public double Sum => Interlocked.Read(ref _sum) / (double)perUnit;

    /// <summary>Of one bucket, not cumulative; the last holds what is above all bounds.</summary>
    public long CountOf(int bucket) => Interlocked.Read(ref _counts[bucket]);

    /// <summary>The one of a bucket, if there is one; its value in the unit of the bounds.</summary>
    public bool TryGetExemplar(int bucket, out Exemplar exemplar, out double value)
    {
        exemplar = default;
        bool found = _exemplars is { } held && held.TryGet(bucket, out exemplar);
        value = exemplar.Parts / (double)perUnit;
        return found;
    }

    public void Add(in Exemplar exemplar)
    {
        int bucket = Add(exemplar.Parts);
        var exemplars = _exemplars ?? Interlocked.CompareExchange(ref _exemplars, new(), null) ?? _exemplars;
        exemplars.Offer(bucket, exemplar);
    }

    /// <returns>The bucket it fell into.</returns>
    public int Add(long parts)
    {
        double value = parts / (double)perUnit;
        int bucket = 0;
        while (bucket < UpperBounds.Length && value > UpperBounds[bucket])
        {
            bucket++;
        }

        Interlocked.Add(ref _sum, parts);
        Interlocked.Increment(ref _counts[bucket]);
        return bucket;
    }
}
