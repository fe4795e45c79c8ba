using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;

namespace MeshInsight.Proxy.Match;

/// <summary>A route with its clusters resolved.</summary>
internal sealed class CompiledRoute
{
    private readonly CompiledMatch[] _matches;
    private readonly (int Until, string Name, ClusterState? Cluster)[] _clusters;
    private readonly int _weightSum;

    public CompiledRoute(RouteConfig config, ClusterTable clusters)
    {
        Config = config;
        _matches = [.. config.Matches.Select(m => new CompiledMatch(m))];
        var weighted = new List<(int, string, ClusterState?)>();
        foreach (var (name, weight) in config.Clusters)
        {
            if (weight > 0)
            {
                _weightSum += weight;
                weighted.Add((_weightSum, name, clusters.Find(name)));
            }
        }

        _clusters = [.. weighted];
    }

    public RouteConfig Config { get; }

    /// <summary>Whether the route takes the request, and the path template of the rule that did.</summary>
    public bool TryMatch(string method, string path, IHeaderDictionary headers, out string? template)
    {
        template = null;
        foreach (var match in _matches)
        {
            if (match.IsMatch(method, path, headers))
            {
                template = match.Template;
                return true;
            }
        }

        return _matches.Length == 0;
    }

    /// <summary>Draws a cluster by weight.</summary>
    /// <param name="name">What the route calls it; empty when no cluster has a weight above 0.</param>
    /// <returns>Null when the drawn name is no cluster of the snapshot: that share of requests fails (Gateway API, invalid backendRef).</returns>
    public ClusterState? PickCluster(Random random, out string name)
    {
        int draw = _clusters.Length > 1 ? random.Next(_weightSum) : 0;
        foreach (var (until, cluster, state) in _clusters)
        {
            if (draw < until)
            {
                name = cluster;
                return state;
            }
        }

        name = "";
        return null;
    }
}
