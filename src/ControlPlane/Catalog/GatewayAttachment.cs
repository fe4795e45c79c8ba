using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>Which listeners of a gateway a route is attached to, and under which names.</summary>
internal static class GatewayAttachment
{
    public static readonly Comparer<string> MostSpecificFirst = Comparer<string>.Create(Hostnames.CompareSpecificity);

    /// <returns>Whether the parent reference means the listener.</returns>
    public static bool Means(ParentRef parent, GatewayConfig gateway, GatewayListener listener) =>
        parent.IsGateway && parent.Name == gateway.Name
        && (parent.SectionName.Length == 0 || parent.SectionName == listener.Name)
        && (parent.Port == 0 || parent.Port == listener.Port);

    /// <returns>Whether a listener of that protocol takes requests, as HTTPRoute and GRPCRoute route them.</returns>
    public static bool TakesRequests(GatewayListener listener) => listener.Protocol is GatewayProtocol.Http or GatewayProtocol.Https;

    /// <returns>Whether the listener takes connections, as TLSRoute (by server name) and TCPRoute (where there is no name to see, or TLS has ended) route them.</returns>
    public static bool TakesConnections(GatewayListener listener, TcpRouteConfig route) =>
        listener.Protocol == GatewayProtocol.Tls ? route.IsTls || !listener.IsPassthrough : listener.Protocol == GatewayProtocol.Tcp && !route.IsTls;

    /// <summary>
    /// The names under which the listener serves the route: those that both stand for, each with what the route itself has declared, which says how specific the route is.
    /// None: the route is not attached.
    /// </summary>
    public static IEnumerable<(string Name, string Declared)> Names(GatewayListener listener, IReadOnlyList<string> hostnames) => hostnames.Count == 0
        ? [(listener.Hostname, listener.Hostname)]
        : hostnames.Order(MostSpecificFirst).Select(h => (Name: Hostnames.Intersect(listener.Hostname, h), Declared: h)).Where(n => n.Name is not null).Select(n => (n.Name!, n.Declared)).DistinctBy(n => n.Item1);
}
