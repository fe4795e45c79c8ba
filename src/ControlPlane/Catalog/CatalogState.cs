using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>A whole set of resources that was found good. Immutable; replaced whole.</summary>
internal sealed class CatalogState
{
    public static CatalogState Empty { get; } = new([]);

    public CatalogState(IReadOnlyList<ResourceDocument> resources)
    {
        Resources = resources;
        Services = OfKind<ServiceConfig>();
        Routes = OfKind<HttpRouteConfig>();
        TcpRoutes = OfKind<TcpRouteConfig>();
        Rollouts = OfKind<RolloutConfig>();
        Remediations = OfKind<RemediationConfig>();
        AuthorizationPolicies = OfKind<AuthorizationPolicyConfig>();
        RequestAuthentications = OfKind<RequestAuthenticationConfig>();
        PeerAuthentications = OfKind<PeerAuthenticationConfig>();
        TrafficPolicies = OfKind<TrafficPolicyConfig>();
        RateLimits = OfKind<RateLimitConfig>();
        Faults = OfKind<FaultConfig>();
        Gateways = OfKind<GatewayConfig>();
        ExternalServices = OfKind<ExternalServiceConfig>();
    }

    public IReadOnlyList<ResourceDocument> Resources { get; }

    public IReadOnlyList<ServiceConfig> Services { get; }

    /// <summary>In the order of declaration, which breaks the Gateway API's ties where it says "oldest".</summary>
    public IReadOnlyList<HttpRouteConfig> Routes { get; }

    /// <summary>In the order of declaration, as above.</summary>
    public IReadOnlyList<TcpRouteConfig> TcpRoutes { get; }

    public IReadOnlyList<RolloutConfig> Rollouts { get; }

    public IReadOnlyList<RemediationConfig> Remediations { get; }

    public IReadOnlyList<PeerAuthenticationConfig> PeerAuthentications { get; }

    public IReadOnlyList<AuthorizationPolicyConfig> AuthorizationPolicies { get; }

    public IReadOnlyList<RequestAuthenticationConfig> RequestAuthentications { get; }

    /// <summary>At most one per service.</summary>
    public IReadOnlyList<TrafficPolicyConfig> TrafficPolicies { get; }

    public IReadOnlyList<RateLimitConfig> RateLimits { get; }

    public IReadOnlyList<FaultConfig> Faults { get; }

    /// <summary>Listeners without hosts: which routes they serve is compiled.</summary>
    public IReadOnlyList<GatewayConfig> Gateways { get; }

    public IReadOnlyList<ExternalServiceConfig> ExternalServices { get; }

    private T[] OfKind<T>() => [.. Resources.Select(r => r.Config).OfType<T>()];
}
