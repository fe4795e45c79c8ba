using MeshInsight.Contracts.Mesh;
using MeshInsight.ControlPlane.Catalog;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>
/// Which routes a gateway's listeners serve under which name. Precedence is the Gateway API's: the more specific hostname, then that of the matches. The names that a
/// gateway knows are told apart here, once, so that a gateway looks up one list per request.
/// </summary>
internal sealed class GatewayCompiler(
    CatalogState catalog,
    Action<HttpRouteConfig, string, int, int, List<RankedRoute>> addRules,
    Func<IReadOnlyList<BackendRef>, IReadOnlyList<WeightedCluster>> clusters,
    Func<string, string?> serviceOf,
    Func<string, IReadOnlyList<HostConfig>> external)
{
    public IReadOnlyList<GatewayConfig> Compile() =>
        [.. catalog.Gateways.Select(g => g with { Listeners = [.. g.Listeners.Select(l => l with { Hosts = Hosts(g, l) })], External = external(g.Name) })];

    private IReadOnlyList<HostConfig> Hosts(GatewayConfig gateway, GatewayListener listener)
    {
        var attached = new List<AttachedRoute>();
        foreach (var (route, age) in catalog.Routes.Select((r, i) => (r, i)))
        {
            if (!GatewayAttachment.TakesRequests(listener) || !route.Parents.Any(p => GatewayAttachment.Means(p, gateway, listener)))
            {
                continue;
            }

            var ranked = new List<RankedRoute>();
            addRules(route, gateway.Name, 0, age, ranked);
            attached.AddRange(GatewayAttachment.Names(listener, route.Hostnames).SelectMany(n => ranked, (n, r) => new AttachedRoute(n.Name, n.Declared, r)));
        }

        foreach (var (route, age) in catalog.TcpRoutes.Select((r, i) => (r, i)))
        {
            if (GatewayAttachment.TakesConnections(listener, route) && route.Parents.Any(p => GatewayAttachment.Means(p, gateway, listener)))
            {
                attached.AddRange(GatewayAttachment.Names(listener, route.Hostnames).Select(n => new AttachedRoute(n.Name, n.Declared, Connections(gateway, route, age))));
            }
        }

        var names = attached.Select(a => a.Hostname).Distinct().Order(GatewayAttachment.MostSpecificFirst);
        return [.. names.Select(n => new HostConfig(n, [.. Serving(n, attached)]))];
    }

    // Nothing in a connection is matched but its name.
    private RankedRoute Connections(GatewayConfig gateway, TcpRouteConfig route, int age)
    {
        string name = route.RuleName.Length > 0 ? route.RuleName : "0";
        return new(new($"{route.Name}/{name}", gateway.Name, [], clusters(route.Backends), TimeSpan.Zero, TimeSpan.Zero, RetryConfig.None), SnapshotCompiler.AnyRequest, age, 0, 0);
    }

    private IEnumerable<RouteConfig> Serving(string name, List<AttachedRoute> attached) => attached
        .Where(a => Hostnames.Covers(a.Hostname, name))
        .OrderBy(a => a.Declared, GatewayAttachment.MostSpecificFirst)
        .ThenBy(a => a.Route, RoutePrecedence.Instance)
        .Select(a => Named(a.Route.Route));

    // Telemetry and retry budgets are by service; a redirect has none.
    private RouteConfig Named(RouteConfig route) => route.Clusters is [var first, ..] && serviceOf(first.Cluster) is { } service ? route with { Service = service } : route;

    /// <param name="Hostname">Under which the listener serves the route.</param>
    /// <param name="Declared">What the route asks for, which may be wider.</param>
    private sealed record AttachedRoute(string Hostname, string Declared, RankedRoute Route);
}
