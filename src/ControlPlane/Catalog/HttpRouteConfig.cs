using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>An HTTPRoute of the Gateway API, attached to services (GAMMA).</summary>
internal sealed record HttpRouteConfig(string Name, IReadOnlyList<ParentRef> Parents, IReadOnlyList<HttpRouteRule> Rules);

/// <param name="Port">0 when every port is meant.</param>
internal sealed record ParentRef(string Service, int Port, string Field, int Line);

/// <param name="Matches">Any of these; empty means every request.</param>
internal sealed record HttpRouteRule(
    IReadOnlyList<RouteMatch> Matches,
    IReadOnlyList<BackendRef> Backends,
    TimeSpan Timeout,
    TimeSpan TryTimeout,
    RetryConfig Retry);

/// <param name="Version">Ours: pins the share to one version; empty leaves the split to the service's rollout.</param>
/// <param name="Weight">Relative, 0..1,000,000; 1 when not given.</param>
internal sealed record BackendRef(string Service, int Port, string Version, int Weight, string Field, int Line);
