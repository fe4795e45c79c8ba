using MeshInsight.Benchmarks.Harness;
using MeshInsight.Control.V1;
using MeshInsight.Proxy.Snapshots;
using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>
/// A .NET app that calls another one: straight, through its sidecar, and with MeshInsight.Client. The caller is a process of its own (this program, started again), the
/// app called another, so that the CPU is that of calling alone: caller and sidecar together. Closed loop, 32 at once, 1 KB, HTTP/1.1, no TLS, telemetry off.
/// </summary>
internal sealed class ClientCalls : IBenchmark
{
    private const int Rounds = 3;

    public string Name => nameof(ClientCalls);

    public string Summary => "Calls by a bare HttpClient, through a sidecar, and with MeshInsight.Client in process: CPU and latency";

    public IReadOnlyList<BenchmarkRow> Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<BenchmarkRow>> RunAsync()
    {
        using var directory = new TempDirectory();
        await using var app = new BenchApp();
        await app.StartAsync();
        var snapshot = Snapshot(app.Url.Authority);
        await using var sidecar = await BenchSidecar.StartAsync("caller", null, "off", directory.Path, snapshot, new Dictionary<string, string> { ["MESH_ACCESS_LOG"] = "off" });
        new SnapshotFile(Path.Combine(directory.Path, $"snapshot-{CallingApp.Instance}.pb")).Write(snapshot);
        var ways = new (string Name, string Way, Uri Url, int? Beside)[]
        {
            ("bare HttpClient", CallingApp.Bare, app.Url, null),
            ("through a sidecar", CallingApp.Bare, sidecar.Outbound, sidecar.ProcessId),
            ("MeshInsight.Client in process", CallingApp.InProcess, new("http://upstream.mesh/"), null),
        };
        var rounds = ways.ToDictionary(way => way.Name, _ => new List<(double Cpu, CallResult Calls)>());
        for (int i = 0; i < Rounds; i++)
        {
            foreach (var (name, way, url, beside) in ways)
            {
                await using var caller = await CallingApp.StartAsync(way, url, directory.Path);
                double before = beside is { } warm ? ProcessStat.CpuSeconds(warm) : 0;
                var calls = await caller.RunAsync();
                double cpu = calls.CpuSeconds + (beside is { } process ? ProcessStat.CpuSeconds(process) - before : 0);
                rounds[name].Add((cpu / calls.Requests * 100_000, calls));
            }
        }

        double Median(string name, Func<(double Cpu, CallResult Calls), double> value) => rounds[name].Select(value).Order().ElementAt(Rounds / 2);
        double bareCpu = Median(ways[0].Name, r => r.Cpu);
        double bareLatency = Median(ways[0].Name, r => r.Calls.P50Micros);
        return [.. ways.Select(way => new BenchmarkRow(way.Name, rounds[way.Name].Sum(r => r.Calls.CpuSeconds),
        [
            new("CPU per 100k calls", Median(way.Name, r => r.Cpu), "s"),
            new("to bare", Median(way.Name, r => r.Cpu) / bareCpu, "×"),
            new("p50", Median(way.Name, r => r.Calls.P50Micros), "µs"),
            new("added p50", Median(way.Name, r => r.Calls.P50Micros) - bareLatency, "µs"),
            new("p99", Median(way.Name, r => r.Calls.P99Micros), "µs"),
            new("failed", rounds[way.Name].Sum(r => (double)r.Calls.Failed), ""),
        ]))];
    }

    private static Snapshot Snapshot(string address)
    {
        var cluster = new Cluster { Name = "upstream", Service = "upstream", Endpoints = { new Endpoint { InstanceId = "u1", Address = address, KeepPercent = 100 } } };
        var route = new Route { Name = "upstream", Service = "upstream", Clusters = { new WeightedCluster { Cluster = "upstream", Weight = 1 } } };
        return new() { Version = 1, Epoch = "bench", Routes = { route }, Clusters = { cluster } };
    }
}
