using System.Security.Cryptography.X509Certificates;

namespace MeshInsight.Contracts.Identity;

/// <summary>How certificates of the mesh are verified: only its own roots count, nothing is fetched, nothing is revoked (lives are short instead).</summary>
public static class TrustChain
{
    /// <param name="intermediates">What the peer sent beside its certificate.</param>
    /// <param name="time">When the certificates must be valid; null: whenever the policy is used.</param>
    public static X509ChainPolicy Policy(X509Certificate2Collection roots, IEnumerable<X509Certificate2> intermediates, DateTimeOffset? time)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        if (time is { } moment)
        {
            (policy.VerificationTime, policy.VerificationTimeIgnored) = (moment.LocalDateTime, false);
        }

        policy.CustomTrustStore.AddRange(roots);
        foreach (var certificate in intermediates)
        {
            policy.ExtraStore.Add(certificate);
        }

        return policy;
    }

    /// <returns>Empty when one of the roots vouches for the certificate.</returns>
    public static string Problem(X509Certificate2 leaf, IEnumerable<X509Certificate2> intermediates, X509Certificate2Collection roots, DateTimeOffset time)
    {
        using var chain = new X509Chain { ChainPolicy = Policy(roots, intermediates, time) };
        return chain.Build(leaf) ? "" : string.Join(" ", chain.ChainStatus.Select(s => s.StatusInformation.Trim())) is { Length: > 0 } reason ? reason : "No root of the mesh vouches for the certificate.";
    }
}
