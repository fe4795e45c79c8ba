using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Authorize;
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
    private readonly ConnectAnswer _ofApp;
    private readonly ConnectAnswer? _ofSidecars;

    public TcpPaths(
        ProxyOptions options, IdentityState? identity, CurrentRoutes routes, CurrentPolicy policy, CircuitBreakers breakers, TryFeedback feedback, RequestMetrics metrics, AccessLog log, TimeProvider time, Random random)
    {
        Relays = new(options.MaxRelays);
        var path = new TcpPath(Relays, new(metrics, log, time), time);
        var dialer = new EndpointDialer(identity, time);
        Inbound = new(options, routes, policy, dialer, path);
        Outbound = new(breakers, dialer, feedback, path, time, random);
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

    public TcpMetrics Metrics { get; }

    public void Dispose() => Relays.Dispose();
}
