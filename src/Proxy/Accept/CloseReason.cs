namespace MeshInsight.Proxy.Accept;

/// <summary>Why we closed a connection on a client that would have kept it. The label in <c>mesh_proxy_connections_closed_total</c>.</summary>
internal enum CloseReason
{
    /// <summary>HTTP/2 rapid reset: see <see cref="ResetGuard"/>.</summary>
    PrematureResets,

    /// <summary>The listener has as many connections as it may.</summary>
    TooManyConnections,

    /// <summary>It sent too little to know what it wants, or was too slow with its TLS handshake.</summary>
    FirstBytesTimeout,
}
