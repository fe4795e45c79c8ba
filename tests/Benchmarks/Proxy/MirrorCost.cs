using System.Net;
using System.Net.Sockets;
using MeshInsight.Benchmarks.Harness;
using MeshInsight.Control.V1;
using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>What a mirror of every request costs the sidecar beside the request itself, and what it does to the original's latency, answered or not. Without TLS and telemetry.</summary>
internal sealed class MirrorCost : IBenchmark
{
    private const double RatePerSecond = 1000;
    private const int Seconds = 5;
    private const int Rounds = 3;

    public string Name => nameof(MirrorCost);

    public string Summary => "A mirror of 100 %: CPU to that of two requests, and the original's latency beside a mirror that never answers (needs wrk and h2load)";

    public IReadOnlyList<BenchmarkRow> Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<BenchmarkRow>> RunAsync()
    {
        using var directory = new TempDirectory();
        await using var upstream = await BenchUpstream.StartAsync();
        using var silent = new SilentServer();
        await using var none = await StartAsync("none", upstream.Url.Authority, null, directory.Path);
        await using var answering = await StartAsync("answering", upstream.Url.Authority, upstream.Url.Authority, directory.Path);
        await using var never = await StartAsync("never", upstream.Url.Authority, silent.Address, directory.Path);
        ProxyPath[] paths = [Path("no mirror", none), Path("mirror that answers", answering), Path("mirror that never answers", never)];
        foreach (var path in paths)
        {
            await path.WarmUpAsync();
        }

        var rounds = paths.ToDictionary(path => path, _ => new List<(double Cpu, LatencyResult Load)>());
        for (int i = 0; i < Rounds; i++)
        {
            foreach (var path in paths)
            {
                double cpu = path.CpuSeconds();
                var load = await H2Load.RunAsync(path.Url, path.Host, RatePerSecond, Seconds);
                rounds[path].Add(((path.CpuSeconds() - cpu) / load.Requests * 100_000, load));
            }
        }

        double single = Median(rounds[paths[0]], r => r.Cpu);
        return [.. paths.Select(path => new BenchmarkRow(path.Name, rounds[path].Sum(r => r.Cpu * r.Load.Requests / 100_000),
        [
            new("CPU per 100k requests", Median(rounds[path], r => r.Cpu), "s"),
            new("to twice a request's", Median(rounds[path], r => r.Cpu) / (2 * single), "×"),
            new("p50", Median(rounds[path], r => r.Load.P50Micros), "µs"),
            new("p99", Median(rounds[path], r => r.Load.P99Micros), "µs"),
            new("failed", rounds[path].Sum(r => r.Load.Failed), ""),
        ]))];
    }

    private static double Median(List<(double Cpu, LatencyResult Load)> rounds, Func<(double Cpu, LatencyResult Load), double> value) => rounds.Select(value).Order().ElementAt(Rounds / 2);

    private static ProxyPath Path(string name, BenchSidecar sidecar) => ProxyPath.Through(name, sidecar.Outbound, "upstream.mesh", sidecar);

    private static Task<BenchSidecar> StartAsync(string name, string address, string? mirror, string directory)
    {
        var route = new Route { Name = "upstream", Service = "upstream", Clusters = { new WeightedCluster { Cluster = "upstream", Weight = 1 } } };
        var snapshot = new Snapshot { Version = 1, Epoch = "bench", Routes = { route }, Clusters = { Cluster("upstream", address) } };
        if (mirror is not null)
        {
            route.Filters = new() { Mirrors = { new Mirror { Clusters = { new WeightedCluster { Cluster = "shadow", Weight = 1 } }, Numerator = 1, Denominator = 1 } } };
            snapshot.Clusters.Add(Cluster("shadow", mirror));
        }

        return BenchSidecar.StartAsync(name, null, "off", directory, snapshot, new Dictionary<string, string> { ["MESH_ACCESS_LOG"] = "off" });
    }

    private static Cluster Cluster(string name, string address) => new() { Name = name, Service = name, Endpoints = { new Endpoint { InstanceId = name, Address = address, KeepPercent = 100 } } };

    /// <summary>Takes connections, reads what comes, says nothing.</summary>
    private sealed class SilentServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public SilentServer()
        {
            _listener.Start(backlog: 4096);
            _ = AcceptAsync();
        }

        public string Address => _listener.LocalEndpoint.ToString()!;

        public void Dispose() => _listener.Dispose();

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    _ = ReadAsync(await _listener.AcceptTcpClientAsync());
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Disposed of.
            }
        }

        private static async Task ReadAsync(TcpClient client)
        {
            using (client)
            {
                try
                {
                    await client.GetStream().CopyToAsync(Stream.Null);
                }
                catch (IOException)
                {
                    // The sidecar gave up.
                }
            }
        }
    }
}
