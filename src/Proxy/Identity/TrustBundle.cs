using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MeshInsight.Contracts.Identity;

namespace MeshInsight.Proxy.Identity;

/// <summary>Whom the sidecar believes. Immutable; replaced whole.</summary>
internal sealed class TrustBundle
{
    private readonly X509Certificate2Collection _roots;

    /// <exception cref="System.Security.Cryptography.CryptographicException">A root is no certificate.</exception>
    public TrustBundle(string trustDomain, IReadOnlyList<byte[]> roots)
    {
        TrustDomain = trustDomain;
        RawRoots = roots;
        _roots = [.. roots.Select(X509CertificateLoader.LoadCertificate)];
        ChainPolicy = TrustChain.Policy(_roots, [], time: null);
    }

    public string TrustDomain { get; }

    public IReadOnlyList<byte[]> RawRoots { get; }

    /// <summary>For TLS, which copies it for each handshake.</summary>
    public X509ChainPolicy ChainPolicy { get; }

    public bool IsSame(string trustDomain, IReadOnlyList<byte[]> roots) =>
        trustDomain == TrustDomain && roots.Count == RawRoots.Count && roots.Zip(RawRoots).All(p => p.First.AsSpan().SequenceEqual(p.Second));

    /// <returns>Empty when the roots vouch for the sidecar's own certificate.</returns>
    public string Problem(WorkloadIdentity identity, DateTimeOffset now) => TrustChain.Problem(identity.Leaf, identity.Intermediates, _roots, now);

    /// <summary>What TLS found out about a peer's certificate, and who the peer is by it.</summary>
    /// <param name="expected">The only id that will do; null for any workload of the trust domain.</param>
    /// <returns>Empty when the peer is who it should be.</returns>
    public string PeerProblem(X509Certificate? certificate, SslPolicyErrors errors, X509Chain? chain, string? expected, out SpiffeId? peer)
    {
        peer = null;
        // Host names are not what workloads are known by; the chain was built with our policy by TLS itself.
        if ((errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) != SslPolicyErrors.None)
        {
            return certificate is null ? "the peer presented no certificate" : $"the peer's certificate is not vouched for by a root of {TrustDomain}: {Describe(chain)}";
        }

        if (certificate is not X509Certificate2 leaf)
        {
            return "the peer presented no certificate";
        }

        if (!Svid.TryRead(leaf, out var id, out string problem))
        {
            return problem;
        }

        if (id.TrustDomain != TrustDomain)
        {
            return $"the peer is {id}, of another trust domain than {TrustDomain}";
        }

        peer = id;
        return expected is null || id.Text == expected ? "" : $"the peer is {id}, but {expected} was called";
    }

    private static string Describe(X509Chain? chain) =>
        chain is null ? "no chain" : string.Join(" ", chain.ChainStatus.Select(s => s.StatusInformation.Trim()).Distinct());
}
