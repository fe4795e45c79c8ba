using MeshInsight.Benchmarks.Proxy.Peers;
using MeshInsight.Control.V1;
using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>Everything that is compared, running side by side before the same app: our sidecar in its variants, bare YARP and the peers that are installed.</summary>
internal sealed class ProxyField : IAsyncDisposable
{
    // Every request also as an access log record.
    private static readonly Dictionary<string, string> AllTelemetry = new() { ["MESH_ACCESS_LOG"] = "off", ["MESH_ACCESS_LOG_OTLP"] = "all" };

    private readonly Stack<IAsyncDisposable> _running = new();
    private readonly TempDirectory _directory = new();

    public List<ProxyPath> Singles { get; } = [];

    public List<ProxyPath> Chains { get; } = [];

    /// <summary>Straight to the app, whose CPU is this process's.</summary>
    public ProxyPath Direct { get; private set; } = null!;

    public ProxyPath BareYarp { get; private set; } = null!;

    public ProxyPath Traced { get; private set; } = null!;

    public static async Task<ProxyField> StartAsync(bool withChains)
    {
        var field = new ProxyField();
        try
        {
            await field.StartSinglesAsync(withChains);
            return field;
        }
        catch
        {
            await field.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_running.TryPop(out var running))
        {
            await running.DisposeAsync();
        }

        _directory.Dispose();
    }

    private async Task StartSinglesAsync(bool withChains)
    {
        var upstream = Keep(await BenchUpstream.StartAsync());
        Direct = new("direct (CPU of the app)", upstream.Url, null, [Environment.ProcessId], []);
        var yarp = Keep(await Peers.BareYarp.StartAsync(upstream.Url));
        BareYarp = new("bare YARP, no telemetry", yarp.Url, null, [yarp.ProcessId], []) { IsManaged = true };
        var quiet = Keep(await BenchSidecar.StartAsync("quiet", upstream.Url, "off", _directory.Path, null));
        var traced = Keep(await BenchSidecar.StartAsync("callee", upstream.Url, upstream.OtlpUrl.ToString(), _directory.Path, null, AllTelemetry));
        Traced = ProxyPath.Through("sidecar, all telemetry", traced.Inbound, null, traced);
        Singles.AddRange([Direct, BareYarp, ProxyPath.Through("sidecar, telemetry off", quiet.Inbound, null, quiet), Traced]);
        Singles.AddRange(ProxyPath.Of(Keep(await Nginx.StartAsync(upstream.Url, _directory.Path)), "nginx"));
        Singles.AddRange(ProxyPath.Of(Keep(await HaProxy.StartAsync(upstream.Url, _directory.Path)), "HAProxy"));
        Singles.AddRange(ProxyPath.Of(Keep(await Caddy.StartAsync(upstream.Url, _directory.Path)), "Caddy"));
        if (withChains)
        {
            await StartChainsAsync(upstream, traced);
        }
    }

    private async Task StartChainsAsync(BenchUpstream upstream, BenchSidecar callee)
    {
        string otlp = upstream.OtlpUrl.ToString();
        var caller = Keep(await BenchSidecar.StartAsync("caller", null, otlp, _directory.Path, Snapshot(callee.Inbound.Authority), AllTelemetry));
        var mesh = Keep(await BenchMesh.StartAsync(upstream.Url, otlp, Directory.CreateDirectory(Path.Combine(_directory.Path, "mesh")).FullName, AllTelemetry));
        Chains.Add(ProxyPath.Through("two sidecars, plain text, all telemetry", caller.Outbound, "upstream.mesh", caller, callee));
        Chains.Add(ProxyPath.Through("two sidecars, mutual TLS, all telemetry", mesh.Caller.Outbound, "upstream.mesh", mesh.Caller, mesh.Callee));
        var certificates = BenchCertificates.Write(_directory.Path);
        Chains.AddRange(ProxyPath.Of(Keep(await Nginx.StartChainAsync(upstream.Url, _directory.Path, certificates)), "nginx"));
        Chains.AddRange(ProxyPath.Of(Keep(await HaProxy.StartChainAsync(upstream.Url, _directory.Path, certificates)), "HAProxy"));
        Chains.AddRange(ProxyPath.Of(Keep(await Caddy.StartChainAsync(upstream.Url, _directory.Path, certificates)), "Caddy"));
    }

    private T Keep<T>(T started)
        where T : IAsyncDisposable?
    {
        if (started is not null)
        {
            _running.Push(started);
        }

        return started;
    }

    private static Snapshot Snapshot(string address)
    {
        var cluster = new Cluster { Name = "upstream", Service = "upstream", Endpoints = { new Endpoint { InstanceId = "u1", Address = address, KeepPercent = 100 } } };
        var route = new Route { Name = "upstream", Service = "upstream", Clusters = { new WeightedCluster { Cluster = "upstream", Weight = 1 } } };
        return new() { Version = 1, Epoch = "bench", Routes = { route }, Clusters = { cluster } };
    }
}
