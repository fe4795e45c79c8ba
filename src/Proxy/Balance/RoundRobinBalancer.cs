namespace MeshInsight.Proxy.Balance;

/// <summary>One after the other. The turn belongs to the cluster, so a new plan goes on where the last one was.</summary>
internal sealed class RoundRobinBalancer(EndpointState[] endpoints, ClusterMemory memory) : IBalancer
{
    public EndpointState Pick(Random random, EndpointState? avoid, ulong hash)
    {
        var picked = Next();
        return picked == avoid ? Next(avoid) : picked;
    }

    private EndpointState Next() => endpoints[memory.NextTurn() % (uint)endpoints.Length];

    // Another thread may take the turn in between, so the neighbour is asked rather than the next turn.
    private EndpointState Next(EndpointState avoid) => endpoints[(Array.IndexOf(endpoints, avoid) + 1) % endpoints.Length];
}
