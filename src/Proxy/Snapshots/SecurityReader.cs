using MeshInsight.Contracts.Mesh;
using Wire = MeshInsight.Control.V1;

namespace MeshInsight.Proxy.Snapshots;

/// <summary>The security part of the wire's snapshot as ours. Values only; <see cref="SecurityValidator"/> says whether they make sense.</summary>
internal static class SecurityReader
{
    public static MeshSecurity Read(Wire.Security message) => new(
        message.TrustDomain,
        [.. message.Roots.Select(r => r.ToByteArray())],
        [.. message.PeerAuthentications.Select(Read)])
    {
        Policies = [.. message.Policies.Select(Read)],
        JwtRules = [.. message.JwtRules.Select(r => new JwtRuleConfig(r.Name, [.. r.Services], r.Issuer, [.. r.Audiences], r.Jwks, r.ForwardToken))],
    };

    private static PeerAuthenticationConfig Read(Wire.PeerAuthentication message) =>
        new(message.Name, [.. message.Services], (TlsMode)message.Mode, message.Ports.ToDictionary(p => p.Key, p => (TlsMode)p.Value));

    private static AuthorizationPolicyConfig Read(Wire.AuthorizationPolicy message) =>
        new(message.Name, [.. message.Services], (PolicyAction)message.Action, message.DryRun, [.. message.Rules.Select(Read)]);

    private static PolicyRule Read(Wire.PolicyRule message) => new(
        [.. message.From.Select(s => new SourceMatch(Read(s.Principals), Read(s.Namespaces), Read(s.RequestPrincipals)))],
        [.. message.To.Select(o => new OperationMatch(Read(o.Hosts), Read(o.Methods), Read(o.Paths), Read(o.Ports)))],
        [.. message.When.Select(c => new PolicyCondition(c.Key, Read(c.Values)))]);

    private static ValueMatch Read(Wire.ValueMatch? message) => message is null ? ValueMatch.Anything : new([.. message.Any], [.. message.None]);
}
