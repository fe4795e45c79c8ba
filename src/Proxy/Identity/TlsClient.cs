using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using MeshInsight.Contracts.Identity;

namespace MeshInsight.Proxy.Identity;

/// <summary>
/// Opens connections to other sidecars: TCP, then TLS 1.3 with our certificate, and only to the workload that was meant. The addresses of a
/// pool belong to one service at a time.
/// </summary>
/// <param name="prepare">Run with every socket before it connects.</param>
internal sealed class TlsClient(IdentityState identity, SslApplicationProtocol protocol, Action<Socket>? prepare = null)
{
    /// <param name="expected">SPIFFE id that the peer must prove; null, which fails, when nobody has said.</param>
    /// <exception cref="AuthenticationException">The peer is someone else, or speaks something else; or we have no certificate.</exception>
    /// <exception cref="SocketException">There is no connection.</exception>
    public async ValueTask<Stream> ConnectAsync(DnsEndPoint address, string? expected, CancellationToken cancellationToken)
    {
        if (expected is null)
        {
            throw new AuthenticationException("The request does not say whom it is for.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            prepare?.Invoke(socket);
            await socket.ConnectAsync(address, cancellationToken);
            return await SecureAsync(socket, expected, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The handshake alone.</summary>
    /// <param name="socket">Connected; the stream owns it.</param>
    /// <param name="expected">SPIFFE id that the peer must prove.</param>
    /// <exception cref="AuthenticationException">As above.</exception>
    public async Task<SslStream> SecureAsync(Socket socket, string expected, CancellationToken cancellationToken)
    {
        if (identity is not { Current: { } own, Bundle: { } bundle })
        {
            throw new AuthenticationException("This sidecar has no certificate yet.");
        }

        string problem = "";
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        var options = new SslClientAuthenticationOptions
        {
            // Only a hint to the peer, and the key under which sessions are kept.
            TargetHost = ServerName(expected),
            ClientCertificateContext = own.Context,
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [protocol],
            CertificateChainPolicy = bundle.ChainPolicy,
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) => (problem = bundle.PeerProblem(certificate, errors, chain, expected, out SpiffeId? _)).Length == 0,
        };
        try
        {
            await tls.AuthenticateAsClientAsync(options, cancellationToken);
            identity.CountHandshake();
            return tls.NegotiatedApplicationProtocol == protocol ? tls : throw new AuthenticationException($"The peer does not speak {protocol}.");
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            identity.CountRefused();
            await tls.DisposeAsync();
            throw new AuthenticationException(problem.Length > 0 ? $"TLS failed: {problem}." : $"TLS failed: {e.Message}", e);
        }
    }

    // A SPIFFE id is no host name; its last segment is.
    private static string ServerName(string id) => id[(id.LastIndexOf('/') + 1)..] + ".mesh";
}
