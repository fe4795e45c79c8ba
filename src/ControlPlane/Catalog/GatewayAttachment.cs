using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>Which listeners of a gateway a route is attached to, and under which names.</summary>
internal static class GatewayAttachment
{
    /// <returns>Whether the parent reference means the listener.</returns>
    public static bool Means(ParentRef parent, GatewayConfig gateway, GatewayListener listener) =>
        parent.IsGateway && parent.Name == gateway.Name
        && (parent.SectionName.Length == 0 || parent.SectionName == listener.Name)
        && (parent.Port == 0 || parent.Port == listener.Port);

    /// <returns>Whether a listener of that protocol takes requests, as HTTPRoute and GRPCRoute route them.</returns>
    public static bool TakesRequests(GatewayListener listener) => listener.Protocol is GatewayProtocol.Http or GatewayProtocol.Https;

    /// <summary>The names under which the listener serves the route: those that both stand for. None: the route is not attached.</summary>
    public static IEnumerable<string> Names(GatewayListener listener, IReadOnlyList<string> hostnames) =>
        hostnames.Count == 0 ? [listener.Hostname] : hostnames.Select(h => Hostnames.Intersect(listener.Hostname, h)).OfType<string>().Distinct();
}
