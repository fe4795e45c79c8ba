using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshInsight.Contracts.Identity;

namespace MeshInsight.Proxy.Identity;

/// <summary>The sidecar's certificate with its key, as TLS wants it. Immutable; connections keep the one they began with.</summary>
internal sealed class WorkloadIdentity
{
    private WorkloadIdentity(SpiffeId id, X509Certificate2 leaf, IReadOnlyList<X509Certificate2> intermediates, string accessToken)
    {
        (Id, Leaf, Intermediates, AccessToken) = (id, leaf, intermediates, accessToken);
        Context = SslStreamCertificateContext.Create(leaf, [.. intermediates], offline: true);
        (NotBefore, NotAfter) = (leaf.NotBefore.ToUniversalTime(), leaf.NotAfter.ToUniversalTime());
    }

    public SpiffeId Id { get; }

    /// <summary>With its key.</summary>
    public X509Certificate2 Leaf { get; }

    public IReadOnlyList<X509Certificate2> Intermediates { get; }

    /// <summary>Shared by all connections: sessions can be resumed only within one.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>Opens the control stream; empty when none came with the certificate.</summary>
    public string AccessToken { get; }

    public DateTimeOffset NotBefore { get; }

    public DateTimeOffset NotAfter { get; }

    /// <param name="chain">DER, leaf first.</param>
    /// <param name="service">Whose identity it must be.</param>
    /// <exception cref="InvalidDataException">The chain is no certificate of the service for this key.</exception>
    public static WorkloadIdentity Create(IReadOnlyList<byte[]> chain, ECDsa key, string service, string accessToken)
    {
        try
        {
            var certificates = chain.Select(X509CertificateLoader.LoadCertificate).ToList();
            if (certificates.Count == 0)
            {
                throw new InvalidDataException("The chain holds no certificate.");
            }

            if (!Svid.TryRead(certificates[0], out var id, out string problem))
            {
                throw new InvalidDataException(problem);
            }

            return id.Service == service
                ? new(id, certificates[0].CopyWithPrivateKey(key), certificates[1..], accessToken)
                : throw new InvalidDataException($"The certificate is {id}, but this sidecar is of the service \"{service}\".");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new InvalidDataException($"The certificate cannot be used: {e.Message}", e);
        }
    }
}
