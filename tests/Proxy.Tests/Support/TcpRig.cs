using System.Globalization;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Control.V1;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Logs;
using MeshInsight.Proxy.Settings;
using MeshInsight.Testing;
using GatewayListener = MeshInsight.Control.V1.GatewayListener;

namespace MeshInsight.Proxy.Tests.Support;

/// <summary>A gateway <c>edge</c> and the sidecar of an app <c>db</c> that speaks no HTTP, both with certificates unless told otherwise.</summary>
internal sealed class TcpRig : IAsyncDisposable
{
    public const string Service = "db";

    private TcpRig(MeshRig mesh, TcpApp app)
    {
        (Mesh, App) = (mesh, app);
    }

    public MeshRig Mesh { get; }

    public TcpApp App { get; }

    public Sidecar Callee { get; private set; } = null!;

    public Sidecar Edge { get; private set; } = null!;

    /// <summary>Of the listener.</summary>
    public int Port { get; } = FreePorts.One();

    /// <summary>The snapshot in force; change it and <see cref="PublishAsync"/>.</summary>
    public Snapshot Snapshot { get; private set; } = null!;

    public Cluster Cluster => Snapshot.Clusters[0];

    public GatewayListener Listener => Snapshot.Gateways[0].Listeners[0];

    public int CalleePort => Callee.Url(ListenerSide.Inbound).Port;

    public static async Task<TcpRig> StartAsync(
        TcpApp? app = null, bool isSecure = true, Action<TcpRig>? before = null, Func<ProxyOptions, ProxyOptions>? edge = null, Func<ProxyOptions, ProxyOptions>? callee = null)
    {
        var rig = new TcpRig(isSecure ? await MeshRig.StartSecureAsync() : await MeshRig.StartAsync(), app ?? TcpApp.Start(Service));
        rig.Callee = await rig.StartAsync(new() { Service = Service, Version = "v1", AppUrl = rig.App.Url, Protocol = ClusterProtocol.Tcp }, isSecure, callee);
        rig.Edge = await rig.StartAsync(new() { Service = "edge", Version = "v1", Gateway = "edge" }, isSecure, edge);
        rig.Snapshot = rig.Make(isSecure);
        before?.Invoke(rig);
        await rig.PublishAsync();
        return rig;
    }

    public async Task PublishAsync()
    {
        var published = await Mesh.PublishAsync(2, Snapshot.Clone());
        // The first two to answer need not be those that a test asks.
        await Eventually.HoldsAsync(() => Edge.Routes.Table.Snapshot.Version >= published.Version && Callee.Routes.Table.Snapshot.Version >= published.Version);
        await Eventually.HoldsAsync(() => Edge.Routes.Table.Gateway.Ports.All(Edge.Gateway!.Open.Contains));
    }

    public Task<TcpCaller> ConnectAsync() => TcpCaller.ConnectAsync(Port);

    /// <summary>A sidecar's <c>istio_tcp_*</c> samples of one metric that have all of these labels, added up.</summary>
    public static async Task<double> MetricAsync(Sidecar sidecar, string name, params string[] labels)
    {
        using var client = new HttpClient();
        string page = await client.GetStringAsync(new Uri(sidecar.Url(ListenerSide.Admin), "/metrics"));
        return page.Split('\n').Where(l => l.StartsWith(name + '{', StringComparison.Ordinal) && labels.All(label => l.Contains(label, StringComparison.Ordinal)))
            .Sum(l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    /// <summary>Waits until that many connections are closed with these flags.</summary>
    public static Task ClosedAsync(Sidecar sidecar, string flags, double count = 1) =>
        Eventually.GetAsync(() => MetricAsync(sidecar, "istio_tcp_connections_closed_total", $"response_flags=\"{flags}\""), closed => closed == count);

    /// <summary>What the collector got of a sidecar's access log.</summary>
    public IEnumerable<(string Event, string Line)> Records(string service) => Mesh.Sink.Logs.Where(b => b.Symbols.GetString(b.Resources[0].ServiceName) == service)
        .SelectMany(b => Enumerable.Range(0, b.Count).Select(i => (b.Symbols.GetString(b.Logs[i].EventName), b.Text.GetString(b.Logs[i].Body))));

    public async ValueTask DisposeAsync()
    {
        await Mesh.DisposeAsync();
        await App.DisposeAsync();
    }

    private async Task<Sidecar> StartAsync(ProxyOptions options, bool isSecure, Func<ProxyOptions, ProxyOptions>? change)
    {
        var starting = Mesh.StartSidecarAsync(options, o => (change ?? (same => same))(o with { AccessLog = AccessLogMode.All }));
        return isSecure ? await MeshRig.IdentifiedAsync(starting) : await starting;
    }

    private Snapshot Make(bool isSecure)
    {
        var snapshot = MeshConfig.Of([], [MeshConfig.Cluster(Service, "v1", ClusterProtocol.Tcp, Callee)]);
        snapshot.Gateways.Add(new Gateway
        {
            Name = "edge",
            Listeners = { new GatewayListener { Name = "main", Port = Port, Protocol = GatewayListener.Types.Protocol.Tcp, Hosts = { Host("", "db/v1") } } },
        });
        return isSecure ? Mesh.Secure(snapshot) : snapshot;
    }

    public static HostRoutes Host(string hostname, string cluster) => new() { Hostname = hostname, Routes = { MeshConfig.Route(cluster.Split('/')[0], (cluster, 1)) } };
}
