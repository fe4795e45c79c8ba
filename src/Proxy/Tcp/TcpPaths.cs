using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Authorize;
using MeshInsight.Proxy.Capture;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Health;
using MeshInsight.Proxy.Identity;
using MeshInsight.Proxy.Logs;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Metrics;
using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Relay;
using MeshInsight.Proxy.Settings;

namespace MeshInsight.Proxy.Tcp;

/// <summary>What this process does with connections of bytes, wired.</summary>
internal sealed class TcpPaths : IDisposable
{
    private readonly TcpPath _path;
    private readonly EndpointDialer _dialer;
    private readonly ConnectAnswer _ofApp;
    private readonly ConnectAnswer? _ofSidecars;

    public TcpPaths(
        ProxyOptions options, IdentityState? identity, CurrentRoutes routes, CurrentPolicy policy, CircuitBreakers breakers, TryFeedback feedback, RequestMetrics metrics, AccessLog log, TimeProvider time, Random random)
    {
        Relays = new(options.MaxRelays);
        _path = new(Relays, new(metrics, log, time), time);
        _dialer = new(identity, time);
        Inbound = new(options, routes, policy, _dialer, _path);
        Outbound = new(breakers, _dialer, feedback, _path, time, random);
        _ofApp = new(new ConnectPath(routes, Outbound).RunAsync, time);
        _ofSidecars = options.Gateway.Length == 0 ? null : new(new EgressConnectPath(routes, policy, Outbound, time).RunAsync, time);
        Metrics = new(metrics, options.Self, () => Relays.Count);
    }

    public OpenRelays Relays { get; }

    public InboundTcp Inbound { get; }

    public OutboundTcp Outbound { get; }

    /// <summary>Serves CONNECT of a side. Captured ones are for a proxy of the app's own, and pass.</summary>
    public IConnectHandler? Connects(ListenerSide side) => side switch
    {
        ListenerSide.Outbound => _ofApp,
        ListenerSide.Inbound => _ofSidecars,
        _ => null,
    };

    /// <summary>Serves captured connections that have no routes.</summary>
    public CapturedTcp Captured(bool isInbound, CaptureCounts counts) => new(isInbound, counts, _dialer, _path);

    public TcpMetrics Metrics { get; }

    public void Dispose() => Relays.Dispose();
}
