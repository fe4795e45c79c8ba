using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>An HTTPRoute or GRPCRoute of the Gateway API, attached to services (GAMMA) or gateways. gRPC methods are paths, so both come to the same rules.</summary>
internal sealed record HttpRouteConfig(string Name, IReadOnlyList<ParentRef> Parents, IReadOnlyList<HttpRouteRule> Rules)
{
    /// <summary>A GRPCRoute: takes gRPC requests only, and has precedence rules of its own.</summary>
    public bool IsGrpc { get; init; }

    /// <summary>Which of a gateway's names the route serves; empty for all of them.</summary>
    public IReadOnlyList<string> Hostnames { get; init; } = [];

    /// <summary>The class that requests by this route get where they enter the mesh; before the default of the service's TrafficPolicy.</summary>
    public PriorityClass Priority { get; init; }

    public string Kind => IsGrpc ? "GRPCRoute" : "HTTPRoute";
}

/// <param name="Port">0 when every port is meant.</param>
/// <param name="SectionName">Name of the port or of the gateway's listener, another way to say which one; empty for none.</param>
internal sealed record ParentRef(string Name, int Port, string SectionName, string Field, int Line)
{
    /// <summary>A Gateway; else a Service.</summary>
    public bool IsGateway { get; init; }
}

/// <param name="Name">For people and telemetry; empty when not given.</param>
/// <param name="Matches">Any of these; empty means every request.</param>
internal sealed record HttpRouteRule(
    string Name,
    IReadOnlyList<RuleMatch> Matches,
    IReadOnlyList<BackendRef> Backends,
    RuleFilters Filters,
    TimeSpan Timeout,
    TimeSpan TryTimeout,
    RetryConfig Retry);

/// <param name="ServiceLength">Characters of the gRPC service that the rule names; they and those of the method rank GRPCRoutes.</param>
internal sealed record RuleMatch(RouteMatch Match, int ServiceLength = 0, int MethodLength = 0);

/// <param name="Version">Ours: pins the share to one version; empty leaves the split to the service's rollout.</param>
/// <param name="Weight">Relative, 0..1,000,000; 1 when not given.</param>
internal sealed record BackendRef(string Service, int Port, string Version, int Weight, string Field, int Line)
{
    public HeaderChanges? Request { get; init; }

    public HeaderChanges? Response { get; init; }
}

/// <summary>The filters of a rule; see <see cref="RouteFilters"/>.</summary>
internal sealed record RuleFilters(
    HeaderChanges? Request, HeaderChanges? Response, RedirectConfig? Redirect, RewriteConfig? Rewrite, IReadOnlyList<RuleMirror> Mirrors)
{
    public static RuleFilters None { get; } = new(null, null, null, null, []);
}

/// <summary>Copies that many of every <paramref name="Denominator"/> requests.</summary>
internal sealed record RuleMirror(BackendRef Backend, int Numerator, int Denominator);
