using MeshInsight.Anomaly.Sampling;
using MeshInsight.Benchmarks.Harness;

namespace MeshInsight.Benchmarks.Anomaly;

/// <summary>The sampler's model alone: known traffic of a hundred path types, judged and settled.</summary>
internal sealed class SamplerVerdicts : IBenchmark
{
    private const int PathTypes = 100;
    private const int Traces = 1000;

    public string Name => nameof(SamplerVerdicts);

    public string Summary => "CPU per trace of the adaptive sampler's model, by spans in the trace";

    public IReadOnlyList<BenchmarkRow> Run() => [Measure(5), Measure(20), Measure(100)];

    private static BenchmarkRow Measure(int spans)
    {
        var sampler = new AdaptiveSampler(new() { Budget = new(0.01, BudgetUnit.Share) });
        var random = new Random(1);
        var trace = new SampledSpan[spans];
        long now = 0;
        var cost = CpuMeasurement.Of(() =>
        {
            for (int i = 0; i < Traces; i++)
            {
                int path = random.Next(PathTypes);
                long whole = 0;
                for (int n = 0; n < spans; n++)
                {
                    long self = 1_000_000 + (long)(random.NextDouble() * 5_000_000);
                    whole += self;
                    trace[n] = new(1 + ((ulong)n / 3), 0, ((ulong)path * 1000) + (ulong)n + 1, n - 1, self, random.Next(1000) == 0);
                }

                now += 1_000_000;
                var verdict = sampler.Judge(new(trace, [], 0, whole, 1000), now);
                sampler.Settle(ConsistentSampling.Keep((ulong)random.NextInt64(1L << 56), ConsistentSampling.Threshold(verdict.Probability)));
            }
        });

        double traces = (double)cost.Runs * Traces;
        return new(
            $"{spans} spans a trace",
            cost.CpuSeconds,
            [
                new("per trace", cost.CpuSeconds / traces * 1e6, "µs"),
                new("per span", cost.CpuSeconds / traces / spans * 1e9, "ns"),
                new("allocated", cost.AllocatedBytes / traces, "B/trace"),
            ]);
    }
}
