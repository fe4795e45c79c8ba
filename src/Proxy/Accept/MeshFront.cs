using MeshInsight.Proxy.Identity;
using Microsoft.AspNetCore.Connections;

namespace MeshInsight.Proxy.Accept;

/// <summary>A sidecar's own listeners: HTTP/1.1 or h2c, plain or within the mesh's TLS.</summary>
/// <param name="tls">Takes connections that begin with TLS; null to leave them to HTTP, which refuses them.</param>
internal sealed class MeshFront(TlsServer? tls) : IConnectionFront
{
    public async ValueTask<HttpStart?> OpenAsync(ConnectionContext connection, CancellationTokenSource limit, CancellationToken cancellation)
    {
        var verdict = await ProtocolSniffer.SniffAsync(connection.Transport.Input, cancellation);
        if (verdict != SniffVerdict.Tls || tls is null)
        {
            return new(connection, verdict == SniffVerdict.Http2);
        }

        limit.CancelAfter(SniffedListener.HandshakeWithin);
        var (stream, peer) = await tls.AcceptAsync(new DuplexStream(connection.Transport), cancellation);
        var secured = new TlsConnection(connection, stream);
        secured.Features.Set(new PeerFeature(peer));
        return new(secured, secured.IsHttp2);
    }
}
