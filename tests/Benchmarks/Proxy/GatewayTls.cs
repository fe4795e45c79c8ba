using MeshInsight.Benchmarks.Harness;
using MeshInsight.Benchmarks.Proxy.Peers;
using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>TLS from outside ends at the gateway: requests on connections that stay, and one connection (one full handshake) per request; ECDSA P-256, 1 KB, 32 connections.</summary>
internal sealed class GatewayTls : IBenchmark
{
    private const int Seconds = 4;
    private const int Rounds = 3;

    private static readonly Dictionary<string, string> AllTelemetry = new() { ["MESH_ACCESS_LOG"] = "off", ["MESH_ACCESS_LOG_OTLP"] = "all" };
    private static readonly Dictionary<string, string> NoTelemetry = new() { ["MESH_ACCESS_LOG"] = "off" };

    public string Name => nameof(GatewayTls);

    public string Summary => "A gateway that ends TLS against nginx and HAProxy: CPU per request kept alive, and handshakes (needs wrk)";

    public IReadOnlyList<BenchmarkRow> Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<BenchmarkRow>> RunAsync()
    {
        using var directory = new TempDirectory();
        string quiet = Directory.CreateDirectory(directory.File("quiet")).FullName;
        string traced = Directory.CreateDirectory(directory.File("traced")).FullName;
        var certificates = BenchCertificates.Write(directory.Path);
        await using var upstream = await BenchUpstream.StartAsync();
        await using var plain = await BenchGateway.StartAsync(upstream.Url, "off", quiet, certificates, NoTelemetry);
        await using var telling = await BenchGateway.StartAsync(upstream.Url, upstream.OtlpUrl.ToString(), traced, certificates, AllTelemetry);
        await using var nginx = await Nginx.StartTlsAsync(upstream.Url, directory.Path, certificates);
        await using var haProxy = await HaProxy.StartTlsAsync(upstream.Url, directory.Path, certificates);
        List<ProxyPath> paths =
        [
            Managed("gateway, telemetry off", plain),
            Managed("gateway, all telemetry", telling),
            .. ProxyPath.Of(nginx, "nginx"),
            .. ProxyPath.Of(haProxy, "HAProxy"),
        ];
        foreach (var path in paths)
        {
            await path.WarmUpAsync();
        }

        var rows = new List<BenchmarkRow>();
        rows.AddRange(await MeasureAsync(paths, "kept alive", "requests", []));
        rows.AddRange(await MeasureAsync(paths, "a connection each", "handshakes", ["Connection: close"]));
        return rows;
    }

    private static ProxyPath Managed(string name, BenchGateway gateway) => new(name, gateway.Url, null, [gateway.ProcessId], []) { IsManaged = true };

    private static async Task<IEnumerable<BenchmarkRow>> MeasureAsync(List<ProxyPath> paths, string kind, string what, string[] headers)
    {
        var rounds = paths.ToDictionary(path => path, _ => new List<BenchmarkRow>());
        for (int i = 0; i < Rounds; i++)
        {
            foreach (var path in paths)
            {
                double cpu = path.CpuSeconds();
                var load = await Wrk.RunAsync(path.Url, path.Host, Seconds, headers);
                cpu = path.CpuSeconds() - cpu;
                rounds[path].Add(new($"{path.Name}, {kind}", cpu, [new($"CPU per 100k {what}", cpu / load.Requests * 100_000, "s"), new(what, load.Requests / load.Seconds, "1/s"), new("p99", load.P99Millis, "ms"), new("failed", load.Failed, "")]));
            }
        }

        return paths.Select(path => rounds[path].OrderBy(r => r.Figures[0].Value).ElementAt(Rounds / 2));
    }
}
