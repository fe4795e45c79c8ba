using MeshInsight.Proxy.Authorize;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Identity;
using MeshInsight.Proxy.Logs;
using MeshInsight.Proxy.Metrics;
using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Relay;

namespace MeshInsight.Proxy;

/// <summary>What this process does with connections of bytes, wired.</summary>
internal sealed class TcpPaths : IDisposable
{
    public TcpPaths(
        ProxyOptions options, IdentityState? identity, CurrentPolicy policy, CircuitBreakers breakers, TryFeedback feedback, RequestMetrics metrics, AccessLog log, TimeProvider time, Random random)
    {
        Relays = new(options.MaxRelays);
        var path = new TcpPath(Relays, new(metrics, log, time), time);
        var dialer = new EndpointDialer(identity, time);
        Inbound = new(options, policy, dialer, path);
        Outbound = new(breakers, dialer, feedback, path, time, random);
        Metrics = new(metrics, options.Self, () => Relays.Count);
    }

    public OpenRelays Relays { get; }

    public InboundTcp Inbound { get; }

    public OutboundTcp Outbound { get; }

    public TcpMetrics Metrics { get; }

    public void Dispose() => Relays.Dispose();
}
