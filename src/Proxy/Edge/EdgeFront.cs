using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Match;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace MeshInsight.Proxy.Edge;

/// <summary>Takes a connection whose bytes go to a service; returns when it has ended.</summary>
/// <param name="route">Null to refuse it.</param>
/// <param name="noRoute">Why there is none.</param>
internal delegate Task ByteRouting(ByteConnection connection, CompiledRoute? route, string noRoute);

/// <summary>
/// One port of a gateway. The listener is chosen for each connection from the snapshot in force, so that new listeners and certificates need no new socket. What is to
/// pass as bytes, sealed or not, ends here; the rest is HTTP's.
/// </summary>
internal sealed class EdgeFront(int port, Func<GatewayTable> gateway, CertificateStore certificates, ByteRouting bytes) : IConnectionFront
{
    public async ValueTask<HttpStart?> OpenAsync(ConnectionContext connection, CancellationTokenSource limit, CancellationToken cancellation)
    {
        var own = gateway().Port(port) ?? throw new ConnectionAbortedException($"No listener is left on port {port}.");
        if (own.IsTls)
        {
            return await OpenTlsAsync(own, connection, limit, cancellation);
        }

        if (own.Listeners[0] is { Config.Protocol: GatewayProtocol.Tcp } listener)
        {
            // Without a look at the first bytes: the server may be the one to speak.
            return await RelayAsync(new(connection), listener);
        }

        var verdict = await ProtocolSniffer.SniffAsync(connection.Transport.Input, cancellation);
        connection.Features.Set(new EdgeFeature(port, null));
        return new(connection, verdict == SniffVerdict.Http2);
    }

    private async ValueTask<HttpStart?> OpenTlsAsync(GatewayPort own, ConnectionContext connection, CancellationTokenSource limit, CancellationToken cancellation)
    {
        string serverName = (await ClientHello.ReadAsync(connection.Transport.Input, cancellation)).ServerName;
        var state = own.Find(serverName);
        if (state is null || state.Config.IsPassthrough)
        {
            return await RelayAsync(new(connection, serverName: serverName), state);
        }

        var listener = state.Config;
        var certificate = certificates.Choose(listener.Certificates, serverName) ?? throw new AuthenticationException($"Listener {listener.Name} has no certificate.");
        limit.CancelAfter(SniffedListener.HandshakeWithin);
        var tls = new SslStream(new DuplexStream(connection.Transport));
        try
        {
            await tls.AuthenticateAsServerAsync(listener.Protocol == GatewayProtocol.Tls ? certificate.Bytes : certificate.Requests, cancellation);
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }

        return listener.Protocol == GatewayProtocol.Tls
            ? await RelayAsync(new(connection, tls, serverName: serverName), state)
            : Requests(connection, tls, listener);
    }

    private HttpStart Requests(ConnectionContext connection, SslStream tls, GatewayListener listener)
    {
        var secured = new TlsConnection(connection, tls);
        secured.Features.Set(new EdgeFeature(port, listener));
        var feature = new EdgeTlsFeature(tls.NegotiatedApplicationProtocol);
        secured.Features.Set<ITlsConnectionFeature>(feature);
        // Kestrel insists on it for HTTP/2 within TLS.
        secured.Features.Set<ITlsApplicationProtocolFeature>(feature);
        return new(secured, secured.IsHttp2);
    }

    private async Task<HttpStart?> RelayAsync(ByteConnection connection, GatewayListenerState? listener)
    {
        await using (connection)
        {
            string who = $"the server name \"{connection.ServerName}\" on port {port.ToString(CultureInfo.InvariantCulture)}";
            await bytes(connection, listener?.Find(connection.ServerName), listener is null ? $"no listener serves {who}" : $"no route of listener {listener.Config.Name} serves {who}");
            return null;
        }
    }
}
