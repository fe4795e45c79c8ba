using System.Net;
using System.Text;
using System.Text.Json;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Control.V1;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Metrics;
using MeshInsight.Proxy.Settings;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshInsight.Proxy.Tests.Support;

/// <summary>A small mesh in one process: control plane and collector are fakes that speak the real wires, sidecars and apps are real.</summary>
internal sealed class MeshRig : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<IAsyncDisposable> _parts = [];
    private readonly TempDirectory _directory = new();
    private readonly Dictionary<Sidecar, MemoryStream> _accessLogs = [];
    private long _version;
    private ulong _seed = 1;

    private MeshRig()
    {
    }

    public FakeControlPlane Control { get; private set; } = null!;

    public OtlpSink Sink { get; private set; } = null!;

    /// <summary>What the sidecars log.</summary>
    public RecordingLoggers Loggers { get; } = new();

    /// <summary>Of the sidecars that start from now on.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    public string Directory => _directory.Path;

    public static async Task<MeshRig> StartAsync(int controlPort = 0) =>
        new() { Control = await FakeControlPlane.StartAsync(controlPort), Sink = await OtlpSink.StartAsync() };

    /// <summary>With a certificate authority: sidecars get identities, and <see cref="Secure"/> snapshots have them used.</summary>
    public static async Task<MeshRig> StartSecureAsync(TimeSpan? certificateLife = null)
    {
        var rig = await StartAsync();
        rig.Control.Authority = new TestAuthority(certificateLife ?? TimeSpan.FromHours(1));
        return rig;
    }

    /// <summary>Waits until the sidecar has its certificate.</summary>
    public static async Task<Sidecar> IdentifiedAsync(Task<Sidecar> starting)
    {
        var sidecar = await starting;
        using var limit = new CancellationTokenSource(Patience);
        await sidecar.IdentityAttempted.WaitAsync(limit.Token);
        Assert.True(sidecar.Identity?.Current is not null, "The sidecar has no certificate.");
        return sidecar;
    }

    /// <summary>The snapshot with the authority's roots, and endpoints that prove who they are.</summary>
    /// <param name="identity">What callers are told to expect; by default what the endpoints are.</param>
    public Snapshot Secure(Snapshot snapshot, Func<Cluster, string>? identity = null, params PeerAuthentication[] modes)
    {
        var authority = Control.Authority!;
        snapshot.Security = new() { TrustDomain = TestAuthority.TrustDomain };
        snapshot.Security.Roots.AddRange(authority.Roots);
        snapshot.Security.PeerAuthentications.AddRange(modes);
        foreach (var cluster in snapshot.Clusters)
        {
            foreach (var endpoint in cluster.Endpoints)
            {
                endpoint.Identity = (identity ?? (c => TestAuthority.IdOf(c.Service)))(cluster);
            }
        }

        return snapshot;
    }

    /// <summary>A caller <c>web</c> and one instance of <c>checkout</c>, both with certificates.</summary>
    public static async Task<(MeshRig Rig, Sidecar Caller, Sidecar Checkout)> WithSecureCheckoutAsync(
        RequestDelegate app, Func<Cluster, string>? identity = null, ClusterProtocol protocol = ClusterProtocol.Http, HttpProtocols appProtocols = HttpProtocols.Http1, params PeerAuthentication[] modes)
    {
        var rig = await StartSecureAsync();
        var checkout = await IdentifiedAsync(rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(app, appProtocols), protocol));
        var caller = await IdentifiedAsync(rig.StartCallerAsync());
        await rig.PublishAsync(2, rig.Secure(MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 100))], [MeshConfig.Cluster("checkout", "v1", protocol, checkout)]), identity, modes));
        return (rig, caller, checkout);
    }

    /// <summary>The usual rig: a caller's sidecar, and one instance of <c>checkout</c> behind its own.</summary>
    public static async Task<(MeshRig Rig, Sidecar Caller)> WithCheckoutAsync(
        RequestDelegate app,
        Func<Route, Route>? route = null,
        ClusterProtocol protocol = ClusterProtocol.Http,
        HttpProtocols appProtocols = HttpProtocols.Http1,
        TimeProvider? clock = null)
    {
        var rig = await StartAsync();
        rig.Clock = clock ?? rig.Clock;
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(app, appProtocols), protocol);
        var caller = await rig.StartCallerAsync();
        await rig.PublishAsync(2, MeshConfig.Of([(route ?? (r => r))(MeshConfig.Route("checkout", ("checkout/v1", 100)))], [MeshConfig.Cluster("checkout", "v1", protocol, checkout)]));
        return (rig, caller);
    }

    public async Task<TestApp> StartAppAsync(RequestDelegate handle, HttpProtocols protocols = HttpProtocols.Http1, Action<WebApplication>? map = null)
    {
        var app = await TestApp.StartAsync(handle, protocols, map: map);
        _parts.Add(app);
        return app;
    }

    public Task<Sidecar> StartServiceAsync(string service, string version, TestApp app, ClusterProtocol protocol = ClusterProtocol.Http, Func<ProxyOptions, ProxyOptions>? change = null) =>
        StartSidecarAsync(new() { Service = service, Version = version, AppUrl = app.Url, Protocol = protocol }, change);

    /// <summary>A sidecar that only calls.</summary>
    public Task<Sidecar> StartCallerAsync(Func<ProxyOptions, ProxyOptions>? change = null) =>
        StartSidecarAsync(new() { Service = "web", Version = "v1" }, change);

    public async Task<Sidecar> StartSidecarAsync(ProxyOptions options, Func<ProxyOptions, ProxyOptions>? change = null)
    {
        options = options with
        {
            Instance = $"{options.Service}-{options.Version}-{_seed}",
            ControlUrl = Control.Url,
            OtlpUrl = Sink.Url,
            DataDirectory = Directory,
            DrainTimeout = TimeSpan.FromSeconds(5),
        };
        var accessLog = new MemoryStream();
        var sidecar = new Sidecar(change?.Invoke(options) ?? options, Clock, new ConcurrentRandom(_seed++), Loggers, accessLog);
        _accessLogs[sidecar] = accessLog;
        // The last started stops first: callers before what they call.
        _parts.Insert(0, sidecar);
        await sidecar.StartAsync();
        return sidecar;
    }

    /// <summary>Publishes and waits until that many sidecars have taken it.</summary>
    public async Task<Snapshot> PublishAsync(int sidecars, Snapshot snapshot)
    {
        snapshot.Version = ++_version;
        Control.Publish(snapshot);
        using var limit = new CancellationTokenSource(Patience);
        for (int taken = 0; taken < sidecars;)
        {
            var answer = await Control.Answers.Reader.ReadAsync(limit.Token);
            Assert.True(answer.Accepted, string.Join(" ", answer.Problems));
            taken += answer.Version == snapshot.Version ? 1 : 0;
        }

        return snapshot;
    }

    /// <summary>Waits until a sidecar has that many requests in its metrics: they are counted when their response has gone out, so a client may have it before.</summary>
    public static Task CountedAsync(Sidecar sidecar, int requests) => Eventually.HoldsAsync(() => Counted(sidecar) >= requests, Patience);

    /// <summary>A client as the app behind a sidecar would use: everything goes to the outbound listener.</summary>
    public static HttpClient Client(Sidecar caller, int major = 1) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        ActivityHeadersPropagator = null,
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { NoDelay = true };
            var outbound = caller.Url(ListenerSide.Outbound);
            await socket.ConnectAsync(outbound.Host, outbound.Port, cancellation);
            return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://checkout.mesh/"),
        DefaultRequestVersion = major == 2 ? HttpVersion.Version20 : HttpVersion.Version11,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = TimeSpan.FromSeconds(30),
    };

    /// <summary>The lines of a sidecar's access log, which is whole once it has stopped.</summary>
    public async Task<IReadOnlyList<JsonElement>> StopAndReadLogAsync(Sidecar sidecar)
    {
        await EndAsync(sidecar.StopAsync());
        return [.. Encoding.UTF8.GetString(_accessLogs[sidecar].ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonElement.Parse(l))];
    }

    private static long Counted(Sidecar sidecar) =>
        sidecar.Metrics.All.Sum(series => Enumerable.Range(0, FixedHistogram.UpperBounds.Length + 1).Sum(series.ResponseBytes.CountOf));

    // Stopping takes time; where that moves by hand, it is moved.
    private async Task EndAsync(Task ending)
    {
        if (Clock is ManualTimeProvider manual)
        {
            await Eventually.HoldsAsync(() =>
            {
                manual.Advance(TimeSpan.FromMilliseconds(100));
                return ending.IsCompleted;
            });
        }

        await ending;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in _parts)
        {
            await EndAsync(part.DisposeAsync().AsTask());
        }

        await Control.DisposeAsync();
        await Sink.DisposeAsync();
        _directory.Dispose();
    }
}
