using MeshInsight.Contracts.Mesh;
using MeshInsight.ControlPlane.Catalog;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>
/// Which routes a gateway's listeners serve under which name. Precedence is the Gateway API's: the more specific hostname, then that of the matches. The names that a
/// gateway knows are told apart here, once, so that a gateway looks up one list per request.
/// </summary>
internal sealed class GatewayCompiler(CatalogState catalog, Action<HttpRouteConfig, string, int, int, List<RankedRoute>> addRules, Func<string, string?> serviceOf, Func<string, IReadOnlyList<HostConfig>> external)
{
    public IReadOnlyList<GatewayConfig> Compile() =>
        [.. catalog.Gateways.Select(g => g with { Listeners = [.. g.Listeners.Select(l => l with { Hosts = Hosts(g, l) })], External = external(g.Name) })];

    private IReadOnlyList<HostConfig> Hosts(GatewayConfig gateway, GatewayListener listener)
    {
        var attached = new List<(string Hostname, RankedRoute Route)>();
        foreach (var (route, age) in catalog.Routes.Select((r, i) => (r, i)))
        {
            if (!GatewayAttachment.TakesRequests(listener) || !route.Parents.Any(p => GatewayAttachment.Means(p, gateway, listener)))
            {
                continue;
            }

            var ranked = new List<RankedRoute>();
            addRules(route, gateway.Name, 0, age, ranked);
            attached.AddRange(GatewayAttachment.Names(listener, route.Hostnames).SelectMany(h => ranked, (h, r) => (h, r)));
        }

        var names = attached.Select(a => a.Hostname).Distinct().Order(Comparer<string>.Create(Hostnames.CompareSpecificity));
        return [.. names.Select(n => new HostConfig(n, [.. Serving(n, attached)]))];
    }

    private IEnumerable<RouteConfig> Serving(string name, List<(string Hostname, RankedRoute Route)> attached) => attached
        .Where(a => Hostnames.Covers(a.Hostname, name))
        .OrderBy(a => a.Hostname, Comparer<string>.Create(Hostnames.CompareSpecificity))
        .ThenBy(a => a.Route, RoutePrecedence.Instance)
        .Select(a => Named(a.Route.Route));

    // Telemetry and retry budgets are by service; a redirect has none.
    private RouteConfig Named(RouteConfig route) => route.Clusters is [var first, ..] && serviceOf(first.Cluster) is { } service ? route with { Service = service } : route;
}
