using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshInsight.Proxy.Forward;

/// <summary>
/// Whom hosts outside the mesh are proved by: a file of authorities (PEM), by default the system's. Read when the first such host is called, since few sidecars ever do
/// and reading costs memory for good; that is also why the system's store itself is not asked. Thread-safe.
/// </summary>
/// <param name="file">Empty for the system's.</param>
internal sealed class ExternalRoots(string file)
{
    private static readonly string[] Usual = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

    private readonly Lazy<X509Certificate2Collection> _roots = new(() => Read(file));

    /// <summary>As a <see cref="RemoteCertificateValidationCallback"/>: the name has been compared, the chain is built anew to our roots.</summary>
    public bool Accepts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 leaf || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0)
        {
            return false;
        }

        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(_roots.Value);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        own.ChainPolicy.DisableCertificateDownloads = true;
        if (chain is not null)
        {
            // What the host has sent beside its own certificate.
            own.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
        }

        // id-kp-serverAuth: a certificate for something else proves no host.
        own.ChainPolicy.ApplicationPolicy.Add(new("1.3.6.1.5.5.7.3.1"));
        return own.Build(leaf);
    }

    private static X509Certificate2Collection Read(string file)
    {
        var roots = new X509Certificate2Collection();
        string path = file.Length > 0 ? file : Array.Find(Usual, File.Exists) ?? "";
        try
        {
            if (path.Length > 0)
            {
                roots.ImportFromPemFile(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            // Without roots nobody is proved: calls fail as UF, which is what they should.
            return [];
        }

        return roots;
    }
}
