using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;

namespace MeshInsight.Proxy.Match;

/// <summary>The routes of one service, in order of precedence.</summary>
internal sealed class ServiceRoutes
{
    private const int DefaultPort = 80;

    private readonly CompiledRoute[] _routes;
    private readonly int _mainPort;
    private readonly bool _isByPort;

    /// <param name="ports">Those that the service declares; empty when none of its routes asks for one.</param>
    public ServiceRoutes(IEnumerable<RouteConfig> routes, ClusterTable clusters, IReadOnlyList<int> ports)
    {
        _routes = [.. routes.Select(r => new CompiledRoute(r, clusters))];
        _isByPort = _routes.Any(r => r.Config.Port > 0);
        _mainPort = ports.Count == 0 || ports.Contains(DefaultPort) ? DefaultPort : ports[0];
    }

    public IReadOnlyList<CompiledRoute> All => _routes;

    /// <summary>Before all others; null when there is none.</summary>
    public CompiledRoute? First => _routes.Length > 0 ? _routes[0] : null;

    /// <summary>The first route that takes connections to the port; null when there is none.</summary>
    public CompiledRoute? MatchBytes(int port) => Array.Find(_routes, r => r.TakesBytes && r.Serves(port));

    /// <summary>The first route that takes the request; the control plane has put them in order of precedence.</summary>
    public RouteChoice Match(in RequestHead head)
    {
        int port = !_isByPort ? 0 : head.Port > 0 ? head.Port : _mainPort;
        foreach (var route in _routes)
        {
            if (route.TryMatch(head, port, out var match))
            {
                return new(route, match);
            }
        }

        return default;
    }
}
