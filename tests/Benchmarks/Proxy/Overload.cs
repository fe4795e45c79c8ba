using MeshInsight.Benchmarks.Harness;
using MeshInsight.Control.V1;
using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>
/// What is left to each class when an app is asked for twice what it can do. The app has 64 workers of 100 ms, so its capacity is 640 requests a second whatever the
/// machine; load is open loop: it comes when it was planned to, and latency counts from then.
/// </summary>
internal sealed class Overload : IBenchmark
{
    private const double Overloaded = 2;

    // Of what is offered.
    private static readonly (string Class, double Share)[] Mix = [("critical", 0.2), ("high", 0.2), ("medium", 0.3), ("low", 0.3)];

    public string Name => "Overload";

    public string Summary => "p99 of the critical class, and what is served of each, under twice an app's capacity";

    public IReadOnlyList<BenchmarkRow> Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<BenchmarkRow>> RunAsync()
    {
        await using var app = await WorkerApp.StartAsync();
        (string Class, double PerSecond)[] critical = [(Mix[0].Class, Mix[0].Share * Overloaded * WorkerApp.CapacityPerSecond)];
        var mix = Mix.Select(m => (m.Class, m.Share * Overloaded * WorkerApp.CapacityPerSecond)).ToArray();
        var adaptive = new Control.V1.Overload
        {
            Adaptive = new() { MinConcurrency = 3, MaxConcurrency = 1000, UpdateIntervalMillis = 100, BufferPercent = 25, MinRttIntervalMillis = 10_000, MinRttRequests = 50, JitterPercent = 15 },
            MaxPendingRequests = 1024,
            MaxWaitMillis = 100,
        };
        var bound = new Control.V1.Overload { MaxRequests = WorkerApp.Workers, MaxPendingRequests = 1024, MaxWaitMillis = 100 };

        var unloaded = await CaseAsync("critical alone, unloaded", app, adaptive, critical, 0);
        double p99 = unloaded.Figures[0].Value;
        return
        [
            unloaded,
            await CaseAsync("2x, adaptiveConcurrency", app, adaptive, mix, p99),
            await CaseAsync("2x, maxRequests", app, bound, mix, p99),
            await CaseAsync("2x, no overload policy", app, null, mix, p99),
        ];
    }

    private static async Task<BenchmarkRow> CaseAsync(string name, WorkerApp app, Control.V1.Overload? overload, (string Class, double PerSecond)[] offered, double unloadedP99)
    {
        using var directory = new TempDirectory();
        await using var callee = await BenchSidecar.StartAsync("upstream", app.Url, "off", directory.Path, Snapshot("127.0.0.1:9", overload));
        await using var caller = await BenchSidecar.StartAsync("caller", null, "off", directory.Path, Snapshot(callee.Inbound.Authority, null));
        using var load = new OpenLoop(caller.Outbound, "upstream.mesh", "x-priority");
        await load.RunAsync(offered, TimeSpan.FromSeconds(5));
        double cpu = ProcessStat.CpuSeconds(callee.ProcessId) + ProcessStat.CpuSeconds(caller.ProcessId);
        var results = await load.RunAsync(offered, TimeSpan.FromSeconds(20));
        cpu = ProcessStat.CpuSeconds(callee.ProcessId) + ProcessStat.CpuSeconds(caller.ProcessId) - cpu;
        double p99 = results[0].PercentileMillis(0.99);
        List<Figure> figures = [new("critical p99", p99, "ms"), new("to unloaded", unloadedP99 == 0 ? 1 : p99 / unloadedP99, "×"), new("critical p50", results[0].PercentileMillis(0.5), "ms")];
        figures.AddRange(results.Select(r => new Figure($"{r.Class} served", 100.0 * r.Served / Math.Max(1, r.Sent), "%")));
        figures.AddRange(results.Select(r => new Figure($"{r.Class} shed", 100.0 * r.Shed / Math.Max(1, r.Sent), "%")));
        return new(name, cpu, figures);
    }

    private static Snapshot Snapshot(string address, Control.V1.Overload? overload)
    {
        var cluster = new Cluster { Name = "upstream", Service = "upstream", Endpoints = { new Endpoint { InstanceId = "u1", Address = address, KeepPercent = 100 } } };
        var priority = new Priority { Header = "x-priority", Values = { ["critical"] = PriorityClass.Critical, ["high"] = PriorityClass.High, ["medium"] = PriorityClass.Medium, ["low"] = PriorityClass.Low } };
        var route = new Route { Name = "upstream", Service = "upstream", Clusters = { new WeightedCluster { Cluster = "upstream", Weight = 1 } }, Priority = priority };
        var snapshot = new Snapshot { Version = 1, Epoch = "bench", Routes = { route }, Clusters = { cluster } };
        if (overload is not null)
        {
            snapshot.Overloads.Add(new ServiceOverload { Service = "upstream", Overload = overload });
        }

        return snapshot;
    }
}
