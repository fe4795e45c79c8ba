namespace MeshInsight.Proxy.Balance;

/// <summary>Power of two choices by <see cref="EndpointState.Load"/>: of two endpoints drawn at random, the one with the lower expected cost.</summary>
internal sealed class PeakEwmaBalancer(EndpointState[] endpoints) : IBalancer
{
    // One request in so many goes to whoever was drawn, whatever its load. Whoever is slow or fails loses every comparison, and would
    // not be seen again for a minute: nobody could tell sick from well.
    private const int LookOneIn = 50;

    public EndpointState Pick(Random random, EndpointState? avoid, ulong hash)
    {
        var (one, two) = Uniform.PickTwo(endpoints, random, avoid);
        return random.Next(LookOneIn) == 0 || one.Load <= two.Load ? one : two;
    }
}
