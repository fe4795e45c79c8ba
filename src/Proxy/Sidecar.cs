using System.Globalization;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Control.V1;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Authorize;
using MeshInsight.Proxy.Capture;
using MeshInsight.Proxy.Classify;
using MeshInsight.Proxy.Edge;
using MeshInsight.Proxy.Export;
using MeshInsight.Proxy.Fault;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Health;
using MeshInsight.Proxy.Http;
using MeshInsight.Proxy.Identity;
using MeshInsight.Proxy.Limit;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Metrics;
using MeshInsight.Proxy.Mirror;
using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Refuse;
using MeshInsight.Proxy.Settings;
using MeshInsight.Proxy.Snapshots;
using MeshInsight.Proxy.Tcp;
using Yarp.ReverseProxy.Forwarder;
using TlsMode = MeshInsight.Contracts.Mesh.TlsMode;

namespace MeshInsight.Proxy;

/// <summary>One sidecar, wired: what starts, in which order, and how it stops.</summary>
internal sealed partial class Sidecar : IAsyncDisposable
{
    private readonly ProxyOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SidecarControl _control;
    private readonly SidecarTelemetry _telemetry;
    private readonly ServiceProvider _services;
    private readonly UpstreamPools _pools;
    private readonly IdentityState? _identity;
    private readonly MirrorSender _mirrors;
    private readonly Captures _captures;
    private readonly TcpPaths _tcp;
    private readonly DrainState _drain = new();
    private readonly AppProbe _probe;
    private readonly ActiveHealthChecker _healthChecker;
    private readonly ProxyServer _server;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _background = [];
    private readonly TaskCompletionSource _firstSnapshot = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _stopped;

    /// <param name="app">The app, where it is in this process; else null.</param>
    public Sidecar(ProxyOptions options, TimeProvider time, Random random, ILoggerFactory loggers, Stream accessLogOutput, IInProcessApp? app = null)
    {
        _options = options;
        _time = time;
        _logger = loggers.CreateLogger("MeshInsight.Proxy");
        _services = Forwarder();

        _identity = options.MutualTls ? new(time) : null;
        _pools = new(_identity, new(options.ExternalRoots), options.Clients.StreamIdleOf(isGateway: options.Gateway.Length > 0));
        var closed = new ClosedConnections(loggers, time);
        var connections = new ConnectionMetrics(closed);
        _telemetry = new(options, accessLogOutput, connections, time, random, _logger);
        _probe = new(options.AppUrl, time);
        Routes = new(time, options.Zone, options.Gateway);
        Policy = new(options.Service, options.AppUrl?.Port ?? options.InboundPort);
        Keeper = new(options.DataFile("snapshot", "pb") is { } path ? new(path) : null, Use, _logger);
        _control = new(options, _identity, Keeper, side => _server!.Port(side), Beat, time, random, _logger);
        Limits = new(options.Service, _control.Tokens, time);
        Faults = new(options.Service);
        Overload = new(options.Service, time, random);
        var observer = _telemetry.Observer;
        var forwarder = new UpstreamForwarder(_services.GetRequiredService<IHttpForwarder>(), _pools, time);
        var breakers = new CircuitBreakers();
        var classifier = new Classifier();
        _healthChecker = new(() => Routes.Table.Clusters.Clusters, HealthProbes.Over(_pools), time, random);
        var mirrorReport = new MirrorReport(time);
        var feedback = new TryFeedback(new OutlierDetector(time), time);
        _mirrors = new(mirrorReport, forwarder, feedback.Learn, observer, time, random);
        _tcp = new(options, _identity, Routes, Policy, breakers, feedback, Metrics, _telemetry.AccessLog, time, random);
        _captures = new(options, Routes, Policy, _tcp, time);
        Certificates = new(options.GatewayCertificates, time, _logger);
        IMetricPart[] parts =
        [
            new IdentityMetrics(_identity), new ClusterMetrics(() => Routes.Table.Clusters.Clusters, breakers, _healthChecker), mirrorReport, new LimitMetrics(Limits), new FaultMetrics(Faults),
            new GatewayMetrics(Certificates), new CaptureMetrics(_captures.Outbound, _captures.Inbound), _tcp.Metrics, new OverloadMetrics(Overload), connections,
        ];
        var page = new MetricsPage(Metrics, Counters, options.Self, () => Keeper.Version, () => _control.IsConnected, parts);
        var refusal = new OutboundRefusal(observer);
        var faults = new FaultInjector(Faults, refusal, time, random);
        Outbound = new(options, Routes, classifier, new RetryBudgets(time), breakers, faults, refusal, _mirrors, forwarder, feedback, observer, time, random);
        var pipeline = new ProxyPipeline(
            new InboundPath(options, Routes, Policy, classifier, Limits, Overload, forwarder, app, observer, () => TakesTls, time),
            Outbound,
            new CapturePath(options, Routes, Outbound, forwarder, refusal, observer),
            new EdgePath(Routes, Outbound, refusal, observer, port => Gateway?.AltSvc(port)),
            options.Gateway.Length == 0 ? null : new EgressPath(Routes, Policy, Outbound, refusal, observer, time),
            new AdminPages(options, Routes, _identity, Policy, Overload, Keeper, page, mirrorReport, _drain, () => Gateway, Certificates),
            _drain);
        var application = new PipelineApplication(pipeline);
        var listener = new SidedListener(closed, time);
        Gateway = options.Gateway.Length == 0 ? null : new(options, Routes, Certificates, application, _tcp.Outbound.RunAsync, listener, closed, loggers, time);
        _server = new(options, application, listener, closed, _identity, _captures, _tcp.Inbound, _tcp.Connects, loggers, time);
    }

    public string Service => _options.Service;

    public SnapshotKeeper Keeper { get; }

    /// <summary>The way out, for an app in this process.</summary>
    public OutboundPath Outbound { get; }

    /// <summary>Ends when there are routes to go by.</summary>
    public Task FirstSnapshot => _firstSnapshot.Task;

    public CurrentRoutes Routes { get; }

    public CurrentPolicy Policy { get; }

    public CurrentLimits Limits { get; }

    public CurrentFaults Faults { get; }

    /// <summary>Null in a sidecar.</summary>
    public GatewayListeners? Gateway { get; }

    public CertificateStore Certificates { get; }

    public CurrentOverload Overload { get; }

    /// <summary>Null where mutual TLS is off.</summary>
    public IdentityState? Identity => _identity;

    public TelemetryCounters Counters => _telemetry.Counters;

    public RequestMetrics Metrics => _telemetry.Metrics;

    /// <summary>Ends when the first certificate has come, or has not.</summary>
    public Task IdentityAttempted => _control.IdentityAttempted;

    public bool HasInbound => _options.OpensInbound;

    /// <summary>Where iptables redirects to; null for a side that is not captured.</summary>
    public int? CapturePort(ListenerSide side) => _captures.Of(side) is null ? null : _server.Port(side);

    public bool HasOutbound => _options.OpensOutbound;

    public Uri Url(ListenerSide side) => new($"http://{Host}:{_server.Port(side).ToString(CultureInfo.InvariantCulture)}");

    /// <exception cref="PortTakenException">A port is not free.</exception>
    public async Task StartAsync()
    {
        Keeper.Restore();
        _control.Restore();
        await _server.StartAsync(CancellationToken.None);
        // Only now the ports are known that the control plane is told.
        _background.Add(_probe.RunAsync(_stopping.Token));
        _background.Add(_healthChecker.RunAsync(_stopping.Token));
        if (Gateway is not null)
        {
            _background.Add(Certificates.RunAsync(_stopping.Token));
            _background.Add(Gateway.RunAsync(_stopping.Token));
        }

        _background.Add(_control.RunAsync(_stopping.Token));
        _background.Add(_telemetry.RunAsync(_stopping.Token));
    }

    /// <summary>Leaves the mesh: says so, stops accepting, finishes what is in flight within the limit, sends the last telemetry.</summary>
    public async Task StopAsync()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        _drain.Begin();
        Log.Draining(_logger, _options.DrainTimeout.TotalSeconds);
        await _control.LeaveAsync();
        using (var limit = new CancellationTokenSource(_options.DrainTimeout, _time))
        {
            // Relays beside them: a server is stopped only when what came in by it has ended.
            await Task.WhenAll(_server.StopAsync(limit.Token), Gateway?.StopAsync(limit.Token) ?? Task.CompletedTask, _tcp.Relays.DrainAsync(limit.Token));
        }

        _mirrors.Dispose();
        _telemetry.LimitFlush();
        await _stopping.CancelAsync();
        await Task.WhenAll(_background);
        await _telemetry.FlushAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _server.Dispose();
        _control.Dispose();
        _telemetry.Dispose();
        _pools.Dispose();
        _tcp.Dispose();
        _stopping.Dispose();
        await _services.DisposeAsync();
    }

    private string Host => _options.Bind.Equals(System.Net.IPAddress.Any) || _options.Bind.Equals(System.Net.IPAddress.IPv6Any) ? _options.Advertise : _options.Bind.ToString();

    // YARP logs every failed request; ours are spans, metrics and access log lines instead.
    private static ServiceProvider Forwarder() => new ServiceCollection().AddLogging(b => b.ClearProviders()).AddHttpForwarder().BuildServiceProvider();

    private void Use(MeshSnapshot snapshot)
    {
        _identity?.Trust(snapshot.Security);
        Policy.Use(snapshot.Security);
        Limits.Use(snapshot.RateLimits);
        Faults.Use(snapshot.Faults);
        Overload.Use(snapshot);
        _telemetry.Why.Use(snapshot.WhyKeySha256);
        Routes.Use(snapshot);
        // In this order: a listener is opened with its certificate at hand.
        Certificates.Want(Routes.Table.Gateway.CertificateNames);
        Gateway?.Refresh();
        _firstSnapshot.TrySetResult();
    }

    private Heartbeat Beat() => new() { Ready = _probe.IsReady, AcceptsTls = TakesTls };

    private bool TakesTls => _identity is { IsReady: true } && Policy.Policy.Mode != TlsMode.Disable;
}
