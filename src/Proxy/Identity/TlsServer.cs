using System.Net.Security;
using System.Security.Authentication;
using MeshInsight.Contracts.Identity;

namespace MeshInsight.Proxy.Identity;

/// <summary>The accepting side: TLS 1.3, our certificate, and a workload of the mesh on the other end.</summary>
/// <param name="protocols">One of them is agreed on, or there is no connection: an app of requests gets no bytes, and the other way round.</param>
internal sealed class TlsServer(IdentityState identity, List<SslApplicationProtocol> protocols)
{
    /// <summary>Whether there is a certificate to show.</summary>
    public bool IsReady => identity.IsReady;

    /// <summary>Takes the client's hello from the stream and everything after it.</summary>
    /// <exception cref="AuthenticationException">The peer is not one of the mesh, or we have no certificate.</exception>
    /// <exception cref="IOException">The client left.</exception>
    public async Task<(SslStream Stream, SpiffeId Peer)> AcceptAsync(Stream connection, CancellationToken cancellationToken)
    {
        if (identity is not { Current: { } own, Bundle: { } bundle })
        {
            throw new AuthenticationException("This sidecar has no certificate yet.");
        }

        SpiffeId? peer = null;
        string problem = "";
        var tls = new SslStream(connection);
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = own.Context,
            ClientCertificateRequired = true,
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = protocols,
            AllowRenegotiation = false,
            CertificateChainPolicy = bundle.ChainPolicy,
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) => (problem = bundle.PeerProblem(certificate, errors, chain, expected: null, out peer)).Length == 0,
        };
        try
        {
            await tls.AuthenticateAsServerAsync(options, cancellationToken);
            identity.CountHandshake();
            return peer is null ? throw new AuthenticationException("The peer presented no certificate.") : (tls, peer);
        }
        catch (AuthenticationException e)
        {
            identity.CountRefused();
            await tls.DisposeAsync();
            throw new AuthenticationException(problem.Length > 0 ? $"TLS failed: {problem}." : e.Message, e);
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }
}
