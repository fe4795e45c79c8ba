using MeshInsight.Benchmarks.Harness;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>
/// What one request costs: 1 KB over HTTP/1.1 keep-alive, 32 connections, closed loop by wrk. All paths run side by side and are measured in turn, round by round, so that
/// whatever else the machine does meets them alike.
/// </summary>
internal sealed class ProxyRequests : IBenchmark
{
    private const int Seconds = 4;
    private const int Rounds = 3;

    public string Name => "Proxy";

    public string Summary => "CPU and memory per request, closed loop: direct, bare YARP, one sidecar, two with mutual TLS, nginx, HAProxy and Caddy where installed (needs wrk)";

    public IReadOnlyList<BenchmarkRow> Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<BenchmarkRow>> RunAsync()
    {
        await using var field = await ProxyField.StartAsync(withChains: true);
        List<ProxyPath> paths = [.. field.Singles, .. field.Chains];
        foreach (var path in paths)
        {
            await path.WarmUpAsync();
        }

        var rounds = paths.ToDictionary(path => path, _ => new List<BenchmarkRow>());
        for (int i = 0; i < Rounds; i++)
        {
            foreach (var path in paths)
            {
                rounds[path].Add(await MeasureAsync(path));
            }
        }

        double bare = Median(rounds[field.BareYarp]).Figures[0].Value;
        return [.. paths.Select(path => Median(rounds[path])).Select(row => row with { Figures = [.. row.Figures, new("CPU to bare YARP", row.Figures[0].Value / bare, "×")] })];
    }

    private static BenchmarkRow Median(List<BenchmarkRow> rounds) => rounds.OrderBy(r => r.Figures[0].Value).ElementAt(Rounds / 2);

    private static async Task<BenchmarkRow> MeasureAsync(ProxyPath path)
    {
        double cpu = path.CpuSeconds();
        double allocated = await path.AllocatedAsync();
        var load = await Wrk.RunAsync(path.Url, path.Host, Seconds);
        cpu = path.CpuSeconds() - cpu;
        allocated = await path.AllocatedAsync() - allocated;
        List<Figure> figures =
        [
            new("CPU per 100k requests", cpu / load.Requests * 100_000, "s"),
            new("requests", load.Requests / load.Seconds, "1/s"),
            new("p99", load.P99Millis, "ms"),
            new("failed", load.Failed, ""),
            new("resident", path.ResidentMegabytes(), "MB"),
        ];
        if (path.Sidecars.Count > 0)
        {
            figures.Add(new("allocated per request", allocated / load.Requests, "B"));
        }

        return new(path.Name, cpu, figures);
    }
}
