using MeshInsight.Benchmarks.Harness;
using MeshInsight.Control.V1;
using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>What one request costs a sidecar: 1 KB over HTTP/1.1 keep-alive, 32 connections, closed loop by wrk, beside no proxy at all and nginx where it is installed.</summary>
internal sealed class ProxyRequests : IBenchmark
{
    private const int Seconds = 4;
    private const int Rounds = 3;

    public string Name => "Proxy";

    public string Summary => "CPU and memory per request: direct, through one sidecar, through two, nginx if installed (needs wrk)";

    public IReadOnlyList<BenchmarkRow> Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<BenchmarkRow>> RunAsync()
    {
        using var directory = new TempDirectory();
        await using var upstream = await BenchUpstream.StartAsync();
        var rows = new List<BenchmarkRow> { await Direct(upstream) };
        await using (var silent = await BenchSidecar.StartAsync("quiet", upstream.Url, "off", directory.Path, null))
        {
            rows.Add(await Through("one sidecar, no collector", silent.Inbound, null, silent));
        }

        await using var inbound = await BenchSidecar.StartAsync("callee", upstream.Url, upstream.OtlpUrl.ToString(), directory.Path, null);
        rows.Add(await Through("one sidecar, every request traced", inbound.Inbound, null, inbound));
        await using var outbound = await BenchSidecar.StartAsync("caller", null, upstream.OtlpUrl.ToString(), directory.Path, Snapshot(inbound.Inbound.Authority));
        rows.Add(await Through("two sidecars, every request traced", outbound.Outbound, "upstream.mesh", outbound, inbound));
        if (Nginx.Path is not null)
        {
            await using var nginx = await Nginx.StartAsync(upstream.Url, directory.Path);
            rows.Add(await Measure("nginx, 1 worker", nginx.Url, null, [nginx.WorkerId], []));
        }

        return WithRatios(rows);
    }

    private static Task<BenchmarkRow> Direct(BenchUpstream upstream) => Measure("direct (CPU of the upstream)", upstream.Url, null, [Environment.ProcessId], []);

    private static Task<BenchmarkRow> Through(string name, Uri url, string? host, params BenchSidecar[] sidecars) =>
        Measure(name, url, host, [.. sidecars.Select(s => s.ProcessId)], sidecars);

    /// <summary>The median round by CPU, after one that warms up.</summary>
    private static async Task<BenchmarkRow> Measure(string name, Uri url, string? host, int[] processes, BenchSidecar[] sidecars)
    {
        await Wrk.RunAsync(url, host, Seconds);
        var rounds = new List<BenchmarkRow>();
        for (int i = 0; i < Rounds; i++)
        {
            double cpu = processes.Sum(ProcessStat.CpuSeconds);
            double allocated = await AllocatedAsync(sidecars);
            var load = await Wrk.RunAsync(url, host, Seconds);
            cpu = processes.Sum(ProcessStat.CpuSeconds) - cpu;
            allocated = await AllocatedAsync(sidecars) - allocated;
            List<Figure> figures =
            [
                new("CPU per 100k requests", cpu / load.Requests * 100_000, "s"),
                new("requests", load.Requests / load.Seconds, "1/s"),
                new("p99", load.P99Millis, "ms"),
                new("failed", load.Failed, ""),
                new("resident", processes.Sum(ProcessStat.ResidentMegabytes), "MB"),
            ];
            if (sidecars.Length > 0)
            {
                figures.Add(new("allocated per request", allocated / load.Requests, "B"));
            }

            rounds.Add(new(name, cpu, figures));
        }

        return rounds.OrderBy(r => r.Figures[0].Value).ElementAt(Rounds / 2);
    }

    private static async Task<double> AllocatedAsync(BenchSidecar[] sidecars)
    {
        double sum = 0;
        foreach (var sidecar in sidecars)
        {
            sum += await sidecar.MetricAsync("dotnet_gc_heap_total_allocated_bytes_total");
        }

        return sum;
    }

    private static List<BenchmarkRow> WithRatios(List<BenchmarkRow> rows)
    {
        double direct = rows[0].Figures[0].Value;
        return [.. rows.Select(r => r with { Figures = [.. r.Figures, new("CPU to direct", r.Figures[0].Value / direct, "×")] })];
    }

    private static Snapshot Snapshot(string address)
    {
        var cluster = new Cluster { Name = "upstream", Service = "upstream", Endpoints = { new Endpoint { InstanceId = "u1", Address = address, KeepPercent = 100 } } };
        var route = new Route { Name = "upstream", Service = "upstream", Clusters = { new WeightedCluster { Cluster = "upstream", Weight = 1 } } };
        return new() { Version = 1, Epoch = "bench", Routes = { route }, Clusters = { cluster } };
    }
}
