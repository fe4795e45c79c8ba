using System.Globalization;
using MeshInsight.Benchmarks.Harness;

namespace MeshInsight.Benchmarks.Replay;

/// <summary>
/// <c>sampling --data DIR</c>: recorded traces with injected faults through the real sampler, beside simple rules. With labels it scores what is kept; without
/// it writes the ids of the kept traces. <c>--markdown FILE</c> writes the table for docs/benchmarks.md.
/// </summary>
internal static class SamplingBench
{
    public const string Command = "sampling";

    private const int Seeds = 5;
    private static readonly double[] s_budgets = [0.001, 0.01, 0.025, 0.05, 0.1];

    public static int Run(ReadOnlySpan<string> arguments)
    {
        if (ReplayOptions.Read(arguments) is not { } options)
        {
            Console.Error.WriteLine(ReplayOptions.Help(Command));
            return 2;
        }

        Console.WriteLine(BenchmarkReport.Machine());
        var table = new SamplingTable();
        foreach (string directory in ReplaySet.Find(options.Data))
        {
            var set = ReplaySet.Read(directory);
            Console.WriteLine($"{set.Name}: {set.Traces.Length} traces, {set.Traces.Sum(trace => trace.Spans.Length)} spans");
            if (set.Labels is { } labels)
            {
                Score(set, new(set, labels), table);
            }
            else
            {
                Predict(set, options.Output);
            }
        }

        Console.Write(table.Text);
        if (options.Markdown is { } file)
        {
            File.WriteAllText(file, table.Text);
        }

        return 0;
    }

    private static void Score(ReplaySet set, SamplingScorer scorer, SamplingTable table)
    {
        table.Add(set.Name, null, "all traces", [scorer.Score([.. set.Traces.Select(_ => true)])]);
        foreach (double budget in s_budgets)
        {
            SamplingScore[] Of(Func<int, bool[]> run) => [.. Enumerable.Range(0, Seeds).AsParallel().AsOrdered().Select(seed => scorer.Score(run(seed)))];
            table.Add(set.Name, budget, "random", Of(seed => FloorSamplers.Random(set, budget, seed)));
            table.Add(set.Name, budget, "slow tail", [scorer.Score(FloorSamplers.SlowTail(set, budget))]);
            table.Add(set.Name, budget, "rare path", Of(seed => FloorSamplers.RarePath(set, budget, seed)));
            table.Add(set.Name, budget, "**adaptive**", Of(seed => ReplaySampler.Run(set, budget, seed)));
        }
    }

    private static void Predict(ReplaySet set, string output)
    {
        foreach (double budget in s_budgets)
        {
            bool[] kept = ReplaySampler.Run(set, budget, seed: 0);
            string file = Path.Combine(output, string.Create(CultureInfo.InvariantCulture, $"kept-{set.Name}-{budget}.csv"));
            File.WriteAllLines(file, ["trace_id", .. set.Traces.Where((_, i) => kept[i]).Select(trace => trace.TraceId)]);
            Console.WriteLine($"no labels: {kept.Count(isKept => isKept)} kept traces written to {file}");
        }
    }
}
