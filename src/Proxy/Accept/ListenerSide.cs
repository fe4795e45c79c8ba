using MeshInsight.Contracts.Identity;

namespace MeshInsight.Proxy.Accept;

/// <summary>Which of the sidecar's listeners a connection came in on.</summary>
internal enum ListenerSide
{
    /// <summary>Other sidecars and clients, towards the app.</summary>
    Inbound,

    /// <summary>The app, towards other services.</summary>
    Outbound,

    /// <summary>Operators and scrapers.</summary>
    Admin,

    /// <summary>Anyone outside, towards services of the mesh: the listeners of a gateway.</summary>
    Gateway,

    /// <summary>Others, towards the app, turned here by iptables.</summary>
    CapturedInbound,

    /// <summary>The app, towards anybody, turned here by iptables.</summary>
    CapturedOutbound,
}

/// <summary>Says on each connection, and so on each request, where it came in.</summary>
/// <param name="Peer">The workload that the peer has proved to be; null on a plain connection.</param>
/// <param name="RemoteAddress">The peer's IP address as text, made once for all requests of the connection; empty when it has none.</param>
internal sealed record ListenerSideFeature(ListenerSide Side, SpiffeId? Peer, string RemoteAddress)
{
    /// <summary>Null for HTTP/1.1, where who gives up a request gives up the connection.</summary>
    public ResetGuard? Resets { get; init; }
}
