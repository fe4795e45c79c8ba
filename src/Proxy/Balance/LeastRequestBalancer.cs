namespace MeshInsight.Proxy.Balance;

/// <summary>Of two endpoints, drawn by weight, the one with fewer requests in flight for its weight (Envoy's LEAST_REQUEST with two choices).</summary>
internal sealed class LeastRequestBalancer(EndpointState[] endpoints) : IBalancer
{
    private readonly WeightTable? _weights = endpoints.All(e => e.Config.Weight == endpoints[0].Config.Weight) ? null : new(endpoints);

    public EndpointState Pick(Random random, EndpointState? avoid, ulong hash)
    {
        var (one, two) = _weights is null
            ? Uniform.PickTwo(endpoints, random, avoid)
            : (_weights.At(Point(random), avoid), _weights.At(Point(random), avoid));
        return (long)one.Pending * two.Config.Weight <= (long)two.Pending * one.Config.Weight ? one : two;
    }

    // 63 bits of chance at the top.
    private static ulong Point(Random random) => (ulong)random.NextInt64() << 1;
}
