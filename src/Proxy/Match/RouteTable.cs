using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;

namespace MeshInsight.Proxy.Match;

/// <summary>What a request matched.</summary>
/// <param name="Template">Path template of the rule; null when the rule says nothing about paths.</param>
internal readonly record struct RouteChoice(CompiledRoute? Route, string? Template);

/// <summary>One snapshot compiled for matching. Immutable; a request keeps the table it started with.</summary>
internal sealed class RouteTable
{
    private readonly Dictionary<string, CompiledRoute[]> _routes;
    private readonly Dictionary<string, CompiledRoute[]>.AlternateLookup<ReadOnlySpan<char>> _byService;

    private RouteTable(MeshSnapshot snapshot, ClusterTable clusters)
    {
        Snapshot = snapshot;
        Clusters = clusters;
        _routes = snapshot.Routes
            .GroupBy(r => r.Service, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(g => g.Key, g => g.Select(r => new CompiledRoute(r, clusters)).ToArray(), StringComparer.OrdinalIgnoreCase);
        _byService = _routes.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public static RouteTable Empty { get; } = new(MeshSnapshot.Empty, ClusterTable.Empty);

    public MeshSnapshot Snapshot { get; }

    public ClusterTable Clusters { get; }

    public static RouteTable Compile(MeshSnapshot snapshot, RouteTable previous, TimeProvider time, string zone = "") =>
        new(snapshot, ClusterTable.Build(snapshot.Clusters, previous.Clusters, time, zone));

    /// <summary>The first route of the service that takes the request; the control plane has put them in order of precedence.</summary>
    public RouteChoice Match(ReadOnlySpan<char> service, string method, string path, IHeaderDictionary headers)
    {
        if (_byService.TryGetValue(service, out var routes))
        {
            foreach (var route in routes)
            {
                if (route.TryMatch(method, path, headers, out var template))
                {
                    return new(route, template);
                }
            }
        }

        return default;
    }
}
