using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Authorize;

/// <summary>
/// All AuthorizationPolicies of one app, in Istio's order: a DENY that matches refuses; without any ALLOW everything else passes; with one, what none of them matches
/// is refused. A dry run is judged by the same order beside those in force, and only noted. Immutable.
/// </summary>
internal sealed class CompiledPolicies
{
    private readonly string _service;
    private readonly CompiledPolicy[] _deny;
    private readonly CompiledPolicy[] _allow;
    private readonly CompiledPolicy[] _audit;
    private readonly CompiledPolicy[] _dryDeny;
    private readonly CompiledPolicy[] _dryAllow;

    public CompiledPolicies(IReadOnlyList<AuthorizationPolicyConfig> policies, string service, int port)
    {
        _service = service;
        var own = policies.Where(p => p.Services.Count == 0 || p.Services.Contains(service)).Select(p => new CompiledPolicy(p, port)).ToList();
        CompiledPolicy[] Of(PolicyAction action, bool isDryRun) => [.. own.Where(p => p.Config.Action == action && p.Config.IsDryRun == isDryRun)];
        (_deny, _allow) = (Of(PolicyAction.Deny, false), Of(PolicyAction.Allow, false));
        (_dryDeny, _dryAllow) = (Of(PolicyAction.Deny, true), Of(PolicyAction.Allow, true));
        _audit = [.. own.Where(p => p.Config.Action == PolicyAction.Audit)];
        IsEmpty = own.Count == 0;
    }

    public bool IsEmpty { get; }

    /// <summary>The request may pass only when it may under every reading of its path.</summary>
    public PolicyDecision Decide(in RequestFacts facts)
    {
        if (IsEmpty)
        {
            return PolicyDecision.Pass;
        }

        string canonical = CanonicalPath.Of(facts.Path);
        string refusal = Refusal(facts, _deny, _allow);
        if (refusal.Length == 0 && !ReferenceEquals(canonical, facts.Path))
        {
            refusal = Refusal(facts with { Path = canonical }, _deny, _allow);
        }

        return new(refusal, Note(facts));
    }

    /// <summary>The decision and what each policy made of the request, in words. Of the path as it was sent.</summary>
    public string Explain(in RequestFacts facts, in PolicyDecision decision)
    {
        var text = new System.Text.StringBuilder(decision.IsAllowed ? "allowed" : decision.Refusal);
        foreach (var policy in (CompiledPolicy[])[.. _deny, .. _allow, .. _audit, .. _dryDeny, .. _dryAllow])
        {
            string dry = policy.Config.IsDryRun ? " (dry run)" : "";
            text.Append("; ").Append(policy.Config.Action.ToString().ToUpperInvariant()).Append(dry).Append(' ').Append(policy.Config.Name);
            text.Append(policy.Matches(facts) ? " matches" : " does not match");
        }

        return text.ToString();
    }

    private static CompiledPolicy? First(CompiledPolicy[] policies, in RequestFacts facts)
    {
        foreach (var policy in policies)
        {
            if (policy.Matches(facts))
            {
                return policy;
            }
        }

        return null;
    }

    private string Refusal(in RequestFacts facts, CompiledPolicy[] deny, CompiledPolicy[] allow) =>
        First(deny, facts) is { } denied ? $"AuthorizationPolicy {denied.Config.Name} denies it"
        : allow.Length > 0 && First(allow, facts) is null ? $"no AuthorizationPolicy allows it at {_service}"
        : "";

    private string Note(in RequestFacts facts)
    {
        string note = First(_audit, facts) is { } audited ? $"audited by {audited.Config.Name}" : "";
        if (_dryDeny.Length + _dryAllow.Length > 0 && Refusal(facts, _dryDeny, _dryAllow) is { Length: > 0 } would)
        {
            note = note.Length > 0 ? $"{note}; dry run: {would}" : $"dry run: {would}";
        }

        return note;
    }
}

/// <summary>One policy, for one app. Immutable.</summary>
internal sealed class CompiledPolicy(AuthorizationPolicyConfig config, int port)
{
    private readonly CompiledRule[] _rules = [.. config.Rules.Select(r => new CompiledRule(r, port))];

    public AuthorizationPolicyConfig Config => config;

    public bool Matches(in RequestFacts facts)
    {
        foreach (var rule in _rules)
        {
            if (rule.Matches(facts))
            {
                return true;
            }
        }

        return false;
    }
}
