using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Authorize;

/// <summary>
/// Policies as they hold for connections of bytes, which have no method, path, host, header or token (docs/decisions/0170). As in Istio either way is the careful one: what
/// cannot be seen allows nothing, and does not narrow what is denied.
/// </summary>
internal static class TcpRules
{
    public static IReadOnlyList<AuthorizationPolicyConfig> Of(IReadOnlyList<AuthorizationPolicyConfig> policies) =>
        [.. policies.Select(p => p with { Rules = [.. p.Action == PolicyAction.Deny ? p.Rules.Select(Widen) : p.Rules.Where(r => !LooksAtRequests(r))] })];

    private static bool LooksAtRequests(PolicyRule rule) =>
        rule.From.Any(s => !IsAnything(s.RequestPrincipals))
        || rule.To.Any(o => !IsAnything(o.Hosts) || !IsAnything(o.Methods) || !IsAnything(o.Paths))
        || rule.When.Any(c => IsOfRequests(c.Key));

    private static PolicyRule Widen(PolicyRule rule) => new(
        [.. rule.From.Select(s => s with { RequestPrincipals = ValueMatch.Anything })],
        [.. rule.To.Select(o => new OperationMatch(ValueMatch.Anything, ValueMatch.Anything, ValueMatch.Anything, o.Ports))],
        [.. rule.When.Where(c => !IsOfRequests(c.Key))]);

    private static bool IsAnything(ValueMatch match) => match.Any.Count == 0 && match.None.Count == 0;

    private static bool IsOfRequests(string key) => key is not (PolicyKeys.SourcePrincipal or PolicyKeys.SourceNamespace or PolicyKeys.SourceIp or PolicyKeys.DestinationPort);
}
