using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>A service as declared.</summary>
/// <param name="Versions">Values of the sidecars' <c>MESH_VERSION</c> that belong to it.</param>
/// <param name="DefaultVersion">Gets the requests while no rollout says otherwise; empty: every version, by number of instances.</param>
internal sealed record ServiceConfig(string Name, IReadOnlyList<PortConfig> Ports, IReadOnlyList<string> Versions, string DefaultVersion);

internal sealed record PortConfig(string Name, int Port, ClusterProtocol Protocol);
