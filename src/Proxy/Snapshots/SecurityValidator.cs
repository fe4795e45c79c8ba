using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Snapshots;

/// <summary>Looks for what would make the security part of a snapshot misbehave. A policy that is half understood would be worse than the one before.</summary>
internal static class SecurityValidator
{
    public static void Check(MeshSecurity security, List<string> problems)
    {
        if (security.TrustDomain.Length > 0)
        {
            if (SpiffeId.TrustDomainProblem(security.TrustDomain) is { Length: > 0 } problem)
            {
                problems.Add($"security: {problem}");
            }

            if (security.Roots.Count == 0)
            {
                problems.Add("security: there is a trust domain but no root.");
            }
        }

        foreach (var (root, index) in security.Roots.Select((r, i) => (r, i)))
        {
            CheckRoot(root, index, problems);
        }

        foreach (var config in security.PeerAuthentications)
        {
            foreach (var mode in config.Ports.Values.Append(config.Mode).Where(m => !Enum.IsDefined(m)))
            {
                problems.Add($"PeerAuthentication '{config.Name}': mode {(int)mode} is not known.");
            }
        }
        foreach (var policy in security.Policies)
        {
            CheckPolicy(policy, problems);
        }

        foreach (var rule in security.JwtRules)
        {
            if (!JsonWebKeys.TryRead(rule.Jwks, out _, out string problem))
            {
                problems.Add($"RequestAuthentication '{rule.Name}': {problem}");
            }
        }
    }

    private static void CheckPolicy(AuthorizationPolicyConfig policy, List<string> problems)
    {
        if (!Enum.IsDefined(policy.Action))
        {
            problems.Add($"AuthorizationPolicy '{policy.Name}': action {(int)policy.Action} is not known.");
        }

        foreach (string key in policy.Rules.SelectMany(r => r.When).Select(c => c.Key).Where(k => !PolicyKeys.IsKnown(k)))
        {
            problems.Add($"AuthorizationPolicy '{policy.Name}': the key '{key}' is not known.");
        }
    }

    private static void CheckRoot(byte[] root, int index, List<string> problems)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(root);
        }
        catch (CryptographicException e)
        {
            problems.Add($"security: root {index} is no certificate: {e.Message}");
        }
    }
}
