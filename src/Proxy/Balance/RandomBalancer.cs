namespace MeshInsight.Proxy.Balance;

/// <summary>Anyone, with the same chance.</summary>
internal sealed class RandomBalancer(EndpointState[] endpoints) : IBalancer
{
    public EndpointState Pick(Random random, EndpointState? avoid, ulong hash) => Uniform.Pick(endpoints, random, avoid);
}
