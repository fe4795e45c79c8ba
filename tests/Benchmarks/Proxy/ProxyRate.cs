using MeshInsight.Benchmarks.Harness;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>The same paths at a fixed 2,000 requests a second, where a proxy that wakes up often pays for it, and what one sidecar adds to the latency at half of what it can do.</summary>
internal sealed class ProxyRate : IBenchmark
{
    private const int RatePerSecond = 2000;
    private const int Seconds = 5;
    private const int Rounds = 3;

    public string Name => nameof(ProxyRate);

    public string Summary => "CPU and latency at a fixed 2,000 requests/s, and the latency one sidecar adds at half load (needs wrk and h2load)";

    public IReadOnlyList<BenchmarkRow> Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<BenchmarkRow>> RunAsync()
    {
        await using var field = await ProxyField.StartAsync(withChains: false);
        foreach (var path in field.Singles)
        {
            await path.WarmUpAsync();
        }

        var rows = await MeasureAsync(field.Singles, RatePerSecond, "");
        double half = (await Wrk.RunAsync(field.Traced.Url, null, Seconds)).Requests / (double)Seconds / 2;
        rows.AddRange(await MeasureAsync([field.Direct, field.BareYarp, field.Traced], half, $" at {half:F0}/s"));
        return rows;
    }

    private static async Task<List<BenchmarkRow>> MeasureAsync(IReadOnlyList<ProxyPath> paths, double rate, string suffix)
    {
        var rounds = paths.ToDictionary(path => path, _ => new List<(double Cpu, LatencyResult Load)>());
        for (int i = 0; i < Rounds; i++)
        {
            foreach (var path in paths)
            {
                double cpu = path.CpuSeconds();
                var load = await H2Load.RunAsync(path.Url, path.Host, rate, Seconds);
                rounds[path].Add((path.CpuSeconds() - cpu, load));
            }
        }

        return [.. paths.Select(path => Row(path.Name + suffix, rounds[path]))];
    }

    private static BenchmarkRow Row(string name, List<(double Cpu, LatencyResult Load)> rounds) => new(
        name,
        rounds.Sum(r => r.Cpu),
        [
            new("CPU per 100k requests", Median(rounds, r => r.Cpu / r.Load.Requests * 100_000), "s"),
            new("requests", Median(rounds, r => r.Load.Requests / (double)Seconds), "1/s"),
            new("p50", Median(rounds, r => r.Load.P50Micros), "µs"),
            new("p99", Median(rounds, r => r.Load.P99Micros), "µs"),
            new("failed", rounds.Sum(r => r.Load.Failed), ""),
        ]);

    private static double Median(List<(double Cpu, LatencyResult Load)> rounds, Func<(double Cpu, LatencyResult Load), double> value) => rounds.Select(value).Order().ElementAt(Rounds / 2);
}
