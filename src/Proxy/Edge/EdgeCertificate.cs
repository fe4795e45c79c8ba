using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshInsight.Proxy.Edge;

/// <summary>A certificate that a gateway shows to clients, ready for handshakes. Immutable.</summary>
internal sealed class EdgeCertificate
{
    private EdgeCertificate(X509Certificate2 leaf, X509Certificate2Collection chain)
    {
        Leaf = leaf;
        var context = SslStreamCertificateContext.Create(leaf, chain, offline: true);
        Requests = Options(context, [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11]);
        Bytes = Options(context, null);
    }

    public X509Certificate2 Leaf { get; }

    /// <summary>For connections that carry HTTP.</summary>
    public SslServerAuthenticationOptions Requests { get; }

    /// <summary>For connections whose content is the app's own.</summary>
    public SslServerAuthenticationOptions Bytes { get; }

    /// <param name="certificates">PEM, leaf first, then what leads to a root.</param>
    /// <param name="key">PEM, not encrypted.</param>
    /// <exception cref="CryptographicException">They are no certificate and key, or do not belong together.</exception>
    public static EdgeCertificate Read(string certificates, string key)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificates);
        if (chain.Count == 0)
        {
            throw new CryptographicException("tls.crt holds no certificate.");
        }

        chain.RemoveAt(0);
        try
        {
            return new(X509Certificate2.CreateFromPem(certificates, key), chain);
        }
        catch (ArgumentException e)
        {
            throw new CryptographicException($"tls.key does not fit tls.crt: {e.Message}", e);
        }
    }

    /// <param name="isExact">Whether wildcards in the certificate count.</param>
    public bool IsFor(string serverName, bool isExact) => serverName.Length > 0 && Leaf.MatchesHostname(serverName, allowWildcards: !isExact, allowCommonName: false);

    // Envoy's and Kestrel's versions; older ones are broken.
    private static SslServerAuthenticationOptions Options(SslStreamCertificateContext context, List<SslApplicationProtocol>? protocols) => new()
    {
        ServerCertificateContext = context,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = protocols,
        AllowRenegotiation = false,
        ClientCertificateRequired = false,
    };
}
