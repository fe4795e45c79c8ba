using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Identity;

/// <summary>Turns a sidecar's request into a certificate for its service. Who may ask is the caller's business. Thread-safe.</summary>
internal sealed class CertificateAuthority(IAuthoritySource source, string trustDomain, TimeSpan life, TimeProvider clock)
{
    private const int MaxRequestBytes = 8 * 1024;
    private const string P256 = "1.2.840.10045.3.1.7";

    /// <summary>Raised when sidecars must be told of other roots, on the thread that caused it.</summary>
    public event Action? TrustChanged;

    public SigningAuthority Authority => source.Current;

    public string TrustDomain => trustDomain;

    /// <summary>What snapshots say about whom to trust.</summary>
    public MeshSecurity Trust => new(trustDomain, [.. source.Current.Roots.Select(r => r.RawData)], []);

    /// <returns>The public key that the request proves to hold; or why it is refused.</returns>
    public static (PublicKey? Key, string Problem) ReadRequest(byte[] csr)
    {
        if (csr.Length is 0 or > MaxRequestBytes)
        {
            return (null, $"The certificate request has {csr.Length} bytes; 1 to {MaxRequestBytes} are taken.");
        }

        try
        {
            // Verifies the request's own signature: without it anyone could have a certificate made for a key that is not theirs.
            var request = CertificateRequest.LoadSigningRequest(csr, HashAlgorithmName.SHA256);
            using var key = request.PublicKey.GetECDsaPublicKey();
            return key?.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == P256
                ? (request.PublicKey, "")
                : (null, "The certificate request must be for an ECDSA key on P-256.");
        }
        catch (CryptographicException e)
        {
            return (null, $"The certificate request cannot be read, or its signature is wrong: {e.Message}");
        }
    }

    /// <summary>Whether the chain and the signature by its key prove to be a sidecar of the service.</summary>
    /// <returns>Empty, or why not.</returns>
    public string ProofProblem(IReadOnlyList<byte[]> chain, ReadOnlySpan<byte> csr, ReadOnlySpan<byte> proof, string service)
    {
        try
        {
            var certificates = chain.Select(X509CertificateLoader.LoadCertificate).ToList();
            X509Certificate2Collection roots = [.. source.Current.Roots];
            string problem = TrustChain.Problem(certificates[0], certificates.Skip(1), roots, clock.GetUtcNow());
            return problem.Length > 0 ? $"The certificate in force is not good: {problem}"
                : !Svid.TryRead(certificates[0], out var id, out problem) ? problem
                : id != SpiffeId.ForService(trustDomain, service) ? $"The certificate in force is {id}, not one of the service \"{service}\"."
                : RenewalProof.Verify(certificates[0], csr, proof) ? ""
                : "The proof was not signed by the key of the certificate in force.";
        }
        catch (CryptographicException e)
        {
            return $"The certificate in force cannot be read: {e.Message}";
        }
    }

    /// <exception cref="FormatException">The service's name cannot stand in a SPIFFE id.</exception>
    public X509Certificate2 Issue(string service, PublicKey key) =>
        CertificateMaker.Leaf(SpiffeId.ForService(trustDomain, service), key, source.Current.Issuer, life, clock.GetUtcNow());

    /// <returns>Empty, or why a rotation is not possible now.</returns>
    public string Rotate()
    {
        string problem = source.Rotate();
        if (problem.Length == 0)
        {
            TrustChanged?.Invoke();
        }

        return problem;
    }

    /// <inheritdoc cref="IAuthoritySource.Refresh"/>
    public void Refresh()
    {
        if (source.Refresh())
        {
            TrustChanged?.Invoke();
        }
    }
}
