using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshInsight.Contracts.Identity;
using MeshInsight.ControlPlane.Durable;

namespace MeshInsight.ControlPlane.Identity;

/// <summary>
/// The key of the gRPC listener's TLS, made at the first start and kept beside the authority, mode 0600, so that join tokens made before a restart stay good. It is
/// apart from the authority: sidecars know it by their tokens, and a rotation of the root does not concern it.
/// </summary>
internal sealed class ServerKey
{
    // Nobody looks at the dates; the key ends with the file.
    private const int Years = 50;

    private readonly ECDsa _key;

    /// <exception cref="InvalidDataException">The file holds no key.</exception>
    /// <exception cref="IOException">The data directory cannot be used.</exception>
    public ServerKey(string dataDirectory)
    {
        string path = Path.Combine(dataDirectory, "identity", "server-key.pem");
        _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (AtomicFile.TryReadText(path) is not { } text)
        {
            AtomicFile.WriteSecret(path, _key.ExportPkcs8PrivateKeyPem());
            return;
        }

        try
        {
            _key.ImportFromPem(text);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw new InvalidDataException($"{path} holds no key: {e.Message} Restore it, or remove it; join tokens made before are void then.", e);
        }
    }

    /// <summary>What join tokens end with.</summary>
    public string Pin => ControlPlaneProof.PinOf(_key.ExportSubjectPublicKeyInfo());

    /// <summary>Names itself by what proves that we know the mesh token.</summary>
    public X509Certificate2 Certificate(string meshToken, DateTimeOffset now)
    {
        string name = ControlPlaneProof.Of(meshToken, _key.ExportSubjectPublicKeyInfo());
        return new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddYears(Years));
    }
}
