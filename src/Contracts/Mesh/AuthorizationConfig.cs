namespace MeshInsight.Contracts.Mesh;

public enum PolicyAction
{
    /// <summary>Once any of these selects a service, what none of them matches is refused.</summary>
    Allow,

    /// <summary>What it matches is refused, whatever else allows it.</summary>
    Deny,

    /// <summary>What it matches gets a line in the access log; nothing else.</summary>
    Audit,
}

/// <summary>Who may do what with a service; Istio's AuthorizationPolicy (https://istio.io/latest/docs/reference/config/security/authorization-policy/).</summary>
/// <param name="Services">Empty: every service.</param>
/// <param name="IsDryRun">What it would refuse is logged and let through.</param>
/// <param name="Rules">Any of these; none matches nothing.</param>
public sealed record AuthorizationPolicyConfig(string Name, IReadOnlyList<string> Services, PolicyAction Action, bool IsDryRun, IReadOnlyList<PolicyRule> Rules);

/// <summary>All three parts must match; a part without entries matches everything, one with entries when any of them does.</summary>
public sealed record PolicyRule(IReadOnlyList<SourceMatch> From, IReadOnlyList<OperationMatch> To, IReadOnlyList<PolicyCondition> When);

/// <summary>Texts to match: <c>x</c> exactly, <c>x*</c> a prefix, <c>*x</c> a suffix, <c>*</c> anything that is there.</summary>
/// <param name="Any">One of these must match; empty: no demand.</param>
/// <param name="None">None of these may match. What is not there matches nothing.</param>
public sealed record ValueMatch(IReadOnlyList<string> Any, IReadOnlyList<string> None)
{
    public static ValueMatch Anything { get; } = new([], []);
}

/// <param name="Principals">SPIFFE ids without their scheme: <c>mesh.local/ns/default/sa/web</c>.</param>
/// <param name="RequestPrincipals">Issuer and subject of a valid JWT: <c>https://issuer.example/alice</c>.</param>
public sealed record SourceMatch(ValueMatch Principals, ValueMatch Namespaces, ValueMatch RequestPrincipals);

/// <param name="Ports">Of the app, as texts.</param>
public sealed record OperationMatch(ValueMatch Hosts, ValueMatch Methods, ValueMatch Paths, ValueMatch Ports);

/// <param name="Key">One of <c>request.headers[name]</c>, <c>source.principal</c>, <c>source.namespace</c>, <c>source.ip</c>, <c>destination.port</c>,
/// <c>request.auth.principal</c>, <c>request.auth.audiences</c>, <c>request.auth.presenter</c>, <c>request.auth.claims[name]…</c>.</param>
public sealed record PolicyCondition(string Key, ValueMatch Values);

/// <summary>Whose JWTs a service takes; one rule of Istio's RequestAuthentication.</summary>
/// <param name="Services">Empty: every service.</param>
/// <param name="Audiences">One of these must be in the token's <c>aud</c>; empty: no demand.</param>
/// <param name="Jwks">JSON Web Key Set (RFC 7517), as text.</param>
/// <param name="ForwardToken">Whether the app still gets the token.</param>
public sealed record JwtRuleConfig(string Name, IReadOnlyList<string> Services, string Issuer, IReadOnlyList<string> Audiences, string Jwks, bool ForwardToken)
{
    /// <summary>File of the control plane's machine that the keys come from; empty where they are given inline. Not for sidecars.</summary>
    public string JwksPath { get; init; } = "";
}
