using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>A traffic policy as declared, attached to one service.</summary>
internal sealed record TrafficPolicyConfig(string Name, string Service, TrafficPolicy Policy)
{
    /// <summary>What the service's own sidecars let through; null for everything.</summary>
    public OverloadConfig? Overload { get; init; }

    /// <summary>The class of requests that enter the mesh here; null for none.</summary>
    public PriorityConfig? Priority { get; init; }
}
