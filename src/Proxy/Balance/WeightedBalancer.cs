namespace MeshInsight.Proxy.Balance;

/// <summary>
/// In proportion to weights, evenly over time: turn n takes the endpoint at the fraction n × φ, a sequence that fills the unit interval as
/// evenly as any (Kronecker's with the golden ratio, discrepancy O(log n / n)). No lock and no state but the turn.
/// </summary>
internal sealed class WeightedBalancer(EndpointState[] endpoints, ClusterMemory memory) : IBalancer
{
    // 2^64 / φ
    private const ulong Step = 0x9E3779B97F4A7C15;

    private readonly WeightTable _weights = new(endpoints);

    public EndpointState Pick(Random random, EndpointState? avoid, ulong hash) => _weights.At(memory.NextTurn() * Step, avoid);
}
