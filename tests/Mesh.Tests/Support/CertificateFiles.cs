using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshInsight.Mesh.Tests.Support;

/// <summary>Certificates as a gateway finds them: a directory each, with <c>tls.crt</c> and <c>tls.key</c>.</summary>
internal static class CertificateFiles
{
    /// <returns>The new certificate's fingerprint.</returns>
    public static string Write(string directory, string name, params string[] hostnames)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (string hostname in hostnames)
        {
            names.AddDnsName(hostname);
        }

        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddHours(1));
        string place = Path.Combine(directory, name);
        Directory.CreateDirectory(place);
        File.WriteAllText(Path.Combine(place, "tls.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(place, "tls.key"), key.ExportPkcs8PrivateKeyPem());
        return certificate.GetCertHashString(HashAlgorithmName.SHA256);
    }
}
