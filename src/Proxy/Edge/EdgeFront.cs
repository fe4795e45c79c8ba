using System.Net.Security;
using System.Security.Authentication;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Match;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace MeshInsight.Proxy.Edge;

/// <summary>One port of a gateway. The listener is chosen for each connection from the snapshot in force, so that new listeners and certificates need no new socket.</summary>
internal sealed class EdgeFront(int port, Func<GatewayTable> gateway, CertificateStore certificates) : IConnectionFront
{
    public async ValueTask<HttpStart?> OpenAsync(ConnectionContext connection, CancellationTokenSource limit, CancellationToken cancellation)
    {
        var own = gateway().Port(port) ?? throw new ConnectionAbortedException($"No listener is left on port {port}.");
        if (own.IsTls)
        {
            return await OpenTlsAsync(own, connection, limit, cancellation);
        }

        var verdict = await ProtocolSniffer.SniffAsync(connection.Transport.Input, cancellation);
        connection.Features.Set(new EdgeFeature(port, null));
        return new(connection, verdict == SniffVerdict.Http2);
    }

    private async ValueTask<HttpStart?> OpenTlsAsync(GatewayPort own, ConnectionContext connection, CancellationTokenSource limit, CancellationToken cancellation)
    {
        string serverName = await ClientHello.ReadServerNameAsync(connection.Transport.Input, cancellation);
        var listener = own.Find(serverName)?.Config ?? throw new AuthenticationException($"No listener of port {port} serves the name \"{serverName}\".");
        var certificate = certificates.Choose(listener.Certificates, serverName) ?? throw new AuthenticationException($"Listener {listener.Name} has no certificate.");
        limit.CancelAfter(SniffedListener.HandshakeWithin);
        var tls = new SslStream(new DuplexStream(connection.Transport));
        try
        {
            await tls.AuthenticateAsServerAsync(certificate.Requests, cancellation);
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }

        var secured = new TlsConnection(connection, tls);
        secured.Features.Set(new EdgeFeature(port, listener));
        var feature = new EdgeTlsFeature(tls.NegotiatedApplicationProtocol);
        secured.Features.Set<ITlsConnectionFeature>(feature);
        // Kestrel insists on it for HTTP/2 within TLS.
        secured.Features.Set<ITlsApplicationProtocolFeature>(feature);
        return new(secured, secured.IsHttp2);
    }
}
