using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>A traffic policy as declared, attached to one service.</summary>
internal sealed record TrafficPolicyConfig(string Name, string Service, TrafficPolicy Policy);
