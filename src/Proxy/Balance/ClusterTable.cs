using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Balance;

/// <summary>All clusters of one snapshot by name. What was learned about an endpoint survives the swap to the next snapshot.</summary>
internal sealed class ClusterTable
{
    private readonly Dictionary<string, ClusterState> _clusters = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<(string Instance, string Address), EndpointState> _endpoints = [];

    private readonly HealthEpoch _epoch;

    private ClusterTable(HealthEpoch epoch)
    {
        _epoch = epoch;
    }

    public static ClusterTable Empty { get; } = new(new HealthEpoch());

    /// <summary>Instances of all clusters; an instance that is in two clusters counts once.</summary>
    public int EndpointCount => _endpoints.Count;

    public IReadOnlyCollection<ClusterState> Clusters => _clusters.Values;

    /// <param name="zone">Where this sidecar runs; empty when it is not known.</param>
    public static ClusterTable Build(IReadOnlyList<ClusterConfig> clusters, ClusterTable previous, TimeProvider time, string zone = "")
    {
        var table = new ClusterTable(previous == Empty ? new HealthEpoch() : previous._epoch);
        foreach (var cluster in clusters)
        {
            EndpointState[] endpoints = [.. cluster.Endpoints.Select(e => table.Endpoint(e, previous, time))];
            var memory = previous.Find(cluster.Name)?.Memory ?? new ClusterMemory();
            table._clusters[cluster.Name] = new(cluster, endpoints, memory, table._epoch, zone, time);
        }

        return table;
    }

    public ClusterState? Find(string name) => _clusters.GetValueOrDefault(name);

    private EndpointState Endpoint(EndpointConfig config, ClusterTable previous, TimeProvider time)
    {
        var key = (config.InstanceId, config.Address);
        if (!_endpoints.TryGetValue(key, out var state))
        {
            state = previous._endpoints.GetValueOrDefault(key) ?? new EndpointState(config, time, _epoch);
            _endpoints[key] = state;
        }

        state.Config = config;
        return state;
    }
}
