using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshInsight.Benchmarks.Proxy.Peers;

/// <summary>A root and one leaf for both ends of the peers' mutual TLS, as PEM files: ECDSA P-256, as our own sidecars use.</summary>
internal sealed record BenchCertificates(string Root, string Leaf, string Key, string LeafWithKey)
{
    public const string Name = "mesh.bench";

    public static BenchCertificates Write(string directory)
    {
        var files = new BenchCertificates(Path.Combine(directory, "root.pem"), Path.Combine(directory, "leaf.pem"), Path.Combine(directory, "key.pem"), Path.Combine(directory, "both.pem"));
        var now = TimeProvider.System.GetUtcNow();
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var rootRequest = new CertificateRequest("CN=bench root", rootKey, HashAlgorithmName.SHA256);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var root = rootRequest.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + Name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")], false));
        using var leaf = request.Create(root, now.AddHours(-1), now.AddHours(20), [1]);
        File.WriteAllText(files.Root, root.ExportCertificatePem());
        File.WriteAllText(files.Leaf, leaf.ExportCertificatePem());
        File.WriteAllText(files.Key, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(files.LeafWithKey, leaf.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        return files;
    }
}
