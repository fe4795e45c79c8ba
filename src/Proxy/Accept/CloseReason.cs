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

    /// <summary>Its TLS handshake failed: no protocol in common, a certificate of the wrong mesh or none, an alert of its own.</summary>
    TlsHandshakeFailed,

    /// <summary>What it sent is no HTTP request.</summary>
    InvalidRequest,

    /// <summary>Its request line or headers were more than is taken.</summary>
    HeadersTooLarge,

    /// <summary>The head of a request did not end in time.</summary>
    HeadersTimeout,

    /// <summary>It sent a body, or took an answer, slower than is asked for.</summary>
    TooSlow,

    /// <summary>It broke the rules of HTTP/2.</summary>
    Http2Error,
}
