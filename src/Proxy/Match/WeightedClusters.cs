using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;

namespace MeshInsight.Proxy.Match;

/// <summary>Clusters to draw from by weight. Those without weight are left out.</summary>
internal sealed class WeightedClusters
{
    private readonly (int Until, WeightedCluster Backend, ClusterState? Cluster)[] _clusters;
    private readonly int _weightSum;

    public WeightedClusters(IReadOnlyList<WeightedCluster> clusters, ClusterTable table)
    {
        var weighted = new List<(int, WeightedCluster, ClusterState?)>();
        foreach (var backend in clusters)
        {
            if (backend.Weight > 0)
            {
                _weightSum += backend.Weight;
                weighted.Add((_weightSum, backend, table.Find(backend.Cluster)));
            }
        }

        _clusters = [.. weighted];
    }

    /// <summary>Whether all of them speak no HTTP. Those that do not exist say nothing.</summary>
    public bool AreBytes => Array.Exists(_clusters, c => c.Cluster is not null) && Array.TrueForAll(_clusters, c => c.Cluster is null or { Config.Protocol: ClusterProtocol.Tcp });

    public ClusterState? Pick(Random random, out WeightedCluster backend)
    {
        int draw = _clusters.Length > 1 ? random.Next(_weightSum) : 0;
        foreach (var (until, drawn, state) in _clusters)
        {
            if (draw < until)
            {
                backend = drawn;
                return state;
            }
        }

        backend = new("", 0);
        return null;
    }
}
