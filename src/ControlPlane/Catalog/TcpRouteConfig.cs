namespace MeshInsight.ControlPlane.Catalog;

/// <summary>A TLSRoute or TCPRoute of the Gateway API: where connections go whose bytes nobody looks at.</summary>
/// <param name="Hostnames">Server names that the route serves; empty for a TCPRoute, which knows none.</param>
internal sealed record TcpRouteConfig(string Name, IReadOnlyList<ParentRef> Parents, IReadOnlyList<string> Hostnames, string RuleName, IReadOnlyList<BackendRef> Backends)
{
    /// <summary>A TLSRoute.</summary>
    public bool IsTls { get; init; }

    public string Kind => IsTls ? "TLSRoute" : "TCPRoute";
}
