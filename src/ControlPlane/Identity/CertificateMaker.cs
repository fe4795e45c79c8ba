using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshInsight.Contracts.Identity;

namespace MeshInsight.ControlPlane.Identity;

/// <summary>Makes the mesh's certificates, as X509-SVID asks (https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md). ECDSA P-256 and SHA-256 throughout.</summary>
internal static class CertificateMaker
{
    /// <summary>Istio's: long enough that nobody plans by it, and rotation does not wait for it.</summary>
    public static readonly TimeSpan RootLife = TimeSpan.FromDays(3652);

    // Clocks of the machines of one mesh differ by a little.
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(2);
    private const int SerialBytes = 16;

    /// <summary>A self-signed root with a name of its own, so that two of one mesh are told apart while both are trusted.</summary>
    /// <returns>With its key.</returns>
    public static X509Certificate2 Root(string trustDomain, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = new X500DistinguishedName($"CN=MeshInsight root {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}, O={trustDomain}");
        var request = Authority(name, new PublicKey(key), trustDomain);
        using var certificate = request.Create(name, X509SignatureGenerator.CreateForECDsa(key), now - Grace, now + RootLife, Serial());
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>The new root's key and name, vouched for by the old root: lets whoever trusts only the old one verify what the new one signed.</summary>
    public static X509Certificate2 Cross(X509Certificate2 newRoot, X509Certificate2 oldRoot, string trustDomain, DateTimeOffset now) =>
        Issue(Authority(newRoot.SubjectName, newRoot.PublicKey, trustDomain), oldRoot, now, oldRoot.NotAfter);

    /// <summary>A workload's certificate: empty subject, one URI, for both ends of a connection.</summary>
    /// <param name="life">Shortened when the issuer ends before.</param>
    public static X509Certificate2 Leaf(SpiffeId id, PublicKey key, X509Certificate2 issuer, TimeSpan life, DateTimeOffset now)
    {
        var request = new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        request.CertificateExtensions.Add(Svid.Extension(id, critical: true));
        return Issue(request, issuer, now, now + life);
    }

    private static CertificateRequest Authority(X500DistinguishedName name, PublicKey key, string trustDomain)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        if (SpiffeId.TryParse("spiffe://" + trustDomain, out var id, out _))
        {
            request.CertificateExtensions.Add(Svid.Extension(id, critical: false));
        }

        return request;
    }

    private static X509Certificate2 Issue(CertificateRequest request, X509Certificate2 issuer, DateTimeOffset now, DateTimeOffset end)
    {
        using var key = issuer.GetECDsaPrivateKey() ?? throw new InvalidDataException("The signing certificate has no ECDSA key.");
        if (issuer.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault() is { } identifier)
        {
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(identifier));
        }

        var start = now - Grace;
        var notBefore = start < issuer.NotBefore ? new DateTimeOffset(issuer.NotBefore) : start;
        var notAfter = end > issuer.NotAfter ? new DateTimeOffset(issuer.NotAfter) : end;
        return request.Create(issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(key), notBefore, notAfter, Serial());
    }

    // Positive, and never zero in front (RFC 5280 section 4.1.2.2).
    private static byte[] Serial()
    {
        byte[] serial = RandomNumberGenerator.GetBytes(SerialBytes);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        return serial;
    }
}
