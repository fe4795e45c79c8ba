namespace MeshInsight.ControlPlane.Catalog;

/// <summary>Which ports of which services a route is attached to.</summary>
internal static class ParentPorts
{
    /// <returns>Port 0 for every port of the service; then no other port of that service is named.</returns>
    public static IEnumerable<(string Service, int Port)> Of(HttpRouteConfig route, IReadOnlyCollection<ServiceConfig> services)
    {
        foreach (var parents in route.Parents.Where(p => !p.IsGateway).GroupBy(p => p.Name))
        {
            var ports = parents.Select(p => PortOf(p, services)).Distinct().ToList();
            foreach (int port in ports.Contains(0) ? [0] : ports)
            {
                yield return (parents.Key, port);
            }
        }
    }

    private static int PortOf(ParentRef parent, IReadOnlyCollection<ServiceConfig> services) =>
        parent.Port > 0 || parent.SectionName.Length == 0
            ? parent.Port
            : services.FirstOrDefault(s => s.Name == parent.Name)?.Ports.FirstOrDefault(p => p.Name == parent.SectionName)?.Port ?? 0;
}
