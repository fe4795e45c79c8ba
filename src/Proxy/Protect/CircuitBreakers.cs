using System.Collections.Concurrent;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Protect;

/// <summary>One breaker per cluster with limits, for the sidecar's whole life: a new snapshot must not forget what is in flight.</summary>
internal sealed class CircuitBreakers
{
    private readonly ConcurrentDictionary<string, CircuitBreaker> _breakers = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="cluster">Of the snapshot, so the table is bounded by what the mesh declares.</param>
    /// <returns>Null when the cluster has no limits.</returns>
    public CircuitBreaker? For(ClusterConfig cluster)
    {
        if (cluster.Policy.Breaker is not { } limits)
        {
            return null;
        }

        var breaker = _breakers.GetOrAdd(cluster.Name, static (_, first) => new(first), limits);
        if (breaker.Limits != limits)
        {
            breaker.Limits = limits;
        }

        return breaker;
    }
}
