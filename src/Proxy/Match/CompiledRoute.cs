using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;

namespace MeshInsight.Proxy.Match;

/// <summary>A route with its clusters resolved.</summary>
internal sealed class CompiledRoute
{
    private readonly CompiledMatch[] _matches;
    private readonly WeightedClusters _clusters;

    public CompiledRoute(RouteConfig config, ClusterTable clusters)
    {
        Config = config;
        _matches = [.. config.Matches.Select(m => new CompiledMatch(m))];
        _clusters = new(config.Clusters, clusters);
        TakesBytes = config.IsBytes || _clusters.AreBytes;
        Mirrors = [.. config.Filters.Mirrors.Select(m => new CompiledMirror(m, clusters))];
    }

    public RouteConfig Config { get; }

    public CompiledMirror[] Mirrors { get; }

    /// <summary>Takes connections of bytes, and no requests.</summary>
    public bool TakesBytes { get; }

    /// <summary>Whether the route takes the request.</summary>
    /// <param name="port">Port of the service that is called; 0 when it does not matter.</param>
    /// <param name="taken">The match that did; null for a route without matches.</param>
    public bool TryMatch(in RequestHead head, int port, out CompiledMatch? taken)
    {
        taken = null;
        if (!Serves(port) || TakesBytes || (Config.IsGrpcOnly && !head.IsGrpc))
        {
            return false;
        }

        return CompiledMatch.Any(_matches, head, out taken);
    }

    /// <param name="port">0 when it does not matter.</param>
    public bool Serves(int port) => Config.Port == 0 || port == 0 || Config.Port == port;

    /// <summary>Draws a cluster by weight.</summary>
    /// <param name="backend">What the route says about it; its name is empty when no cluster has a weight above 0.</param>
    /// <returns>Null when the drawn name is no cluster of the snapshot: that share of requests fails (Gateway API, invalid backendRef).</returns>
    public ClusterState? PickCluster(Random random, out WeightedCluster backend) => _clusters.Pick(random, out backend);

    /// <summary>Where <see cref="PickCluster"/> found none, why.</summary>
    public string WhyNoCluster(WeightedCluster backend) =>
        backend.Cluster.Length == 0 ? $"route {Config.Name} has no cluster with a weight above 0" : $"route {Config.Name} names cluster {backend.Cluster}, which does not exist";
}

/// <summary>Where copies of a route's requests go.</summary>
internal sealed class CompiledMirror(MirrorConfig config, ClusterTable clusters)
{
    private readonly WeightedClusters _clusters = new(config.Clusters, clusters);

    /// <summary>Whether this request is one of those that are copied.</summary>
    public bool IsDrawn(Random random) => random.Next(config.Denominator) < config.Numerator;

    /// <inheritdoc cref="CompiledRoute.PickCluster"/>
    public ClusterState? PickCluster(Random random, out WeightedCluster backend) => _clusters.Pick(random, out backend);
}
