using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Balance;

/// <summary>The family of balancers by name.</summary>
internal static class Balancers
{
    private static readonly Dictionary<BalancerKind, Func<EndpointState[], ClusterMemory, IBalancer>> Table = new()
    {
        [BalancerKind.PeakEwma] = (endpoints, _) => new PeakEwmaBalancer(endpoints),
        [BalancerKind.LeastRequest] = (endpoints, _) => new LeastRequestBalancer(endpoints),
        [BalancerKind.RoundRobin] = (endpoints, memory) => new RoundRobinBalancer(endpoints, memory),
        [BalancerKind.Weighted] = (endpoints, memory) => new WeightedBalancer(endpoints, memory),
        [BalancerKind.Random] = (endpoints, _) => new RandomBalancer(endpoints),
        [BalancerKind.RingHash] = (endpoints, _) => new RingHashBalancer(endpoints),
        [BalancerKind.Maglev] = (endpoints, _) => new MaglevBalancer(endpoints),
    };

    /// <param name="endpoints">At least one; not changed afterwards.</param>
    public static IBalancer Create(BalancerKind kind, EndpointState[] endpoints, ClusterMemory memory) =>
        endpoints.Length == 1 ? new OnlyEndpoint(endpoints[0]) : Table[kind](endpoints, memory);

    private sealed class OnlyEndpoint(EndpointState endpoint) : IBalancer
    {
        public EndpointState Pick(Random random, EndpointState? avoid, ulong hash) => endpoint;
    }
}
