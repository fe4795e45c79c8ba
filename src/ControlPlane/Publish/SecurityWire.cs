using Google.Protobuf;
using MeshInsight.Contracts.Mesh;
using Wire = MeshInsight.Control.V1;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>The security part of a snapshot as control.proto has it.</summary>
internal static class SecurityWire
{
    public static Wire.Security Write(MeshSecurity security)
    {
        var message = new Wire.Security { TrustDomain = security.TrustDomain };
        message.Roots.AddRange(security.Roots.Select(r => ByteString.CopyFrom(r)));
        message.PeerAuthentications.AddRange(security.PeerAuthentications.Select(Write));
        message.Policies.AddRange(security.Policies.Select(Write));
        message.JwtRules.AddRange(security.JwtRules.Select(Write));
        return message;
    }

    private static Wire.PeerAuthentication Write(PeerAuthenticationConfig config)
    {
        var message = new Wire.PeerAuthentication { Name = config.Name, Mode = (Wire.TlsMode)config.Mode };
        message.Services.AddRange(config.Services);
        message.Ports.Add(config.Ports.ToDictionary(p => p.Key, p => (Wire.TlsMode)p.Value));
        return message;
    }

    private static Wire.AuthorizationPolicy Write(AuthorizationPolicyConfig policy)
    {
        var message = new Wire.AuthorizationPolicy { Name = policy.Name, Action = (Wire.AuthorizationPolicy.Types.Action)policy.Action, DryRun = policy.IsDryRun };
        message.Services.AddRange(policy.Services);
        message.Rules.AddRange(policy.Rules.Select(Write));
        return message;
    }

    private static Wire.PolicyRule Write(PolicyRule rule)
    {
        var message = new Wire.PolicyRule();
        message.From.AddRange(rule.From.Select(s => new Wire.SourceMatch
        {
            Principals = Write(s.Principals),
            Namespaces = Write(s.Namespaces),
            RequestPrincipals = Write(s.RequestPrincipals),
        }));
        message.To.AddRange(rule.To.Select(o => new Wire.OperationMatch { Hosts = Write(o.Hosts), Methods = Write(o.Methods), Paths = Write(o.Paths), Ports = Write(o.Ports) }));
        message.When.AddRange(rule.When.Select(c => new Wire.PolicyCondition { Key = c.Key, Values = Write(c.Values) }));
        return message;
    }

    private static Wire.ValueMatch Write(ValueMatch match)
    {
        var message = new Wire.ValueMatch();
        message.Any.AddRange(match.Any);
        message.None.AddRange(match.None);
        return message;
    }

    private static Wire.JwtRule Write(JwtRuleConfig rule)
    {
        var message = new Wire.JwtRule { Name = rule.Name, Issuer = rule.Issuer, Jwks = rule.Jwks, ForwardToken = rule.ForwardToken };
        message.Services.AddRange(rule.Services);
        message.Audiences.AddRange(rule.Audiences);
        return message;
    }
}
