using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Balance;

/// <summary>A cluster as one snapshot has it: its endpoints with their live state. Immutable but for the endpoints' state.</summary>
internal sealed class ClusterState
{
    // Beyond this many the two candidates of a shifted cluster are drawn among the first; no cluster here is near it.
    private const int MaxCandidates = 512;

    // One request in so many goes to whoever was drawn, whatever its load.
    private const int LookOneIn = 50;

    private readonly EndpointState[] _endpoints;
    private readonly bool _isShifted;

    public ClusterState(ClusterConfig config, EndpointState[] endpoints)
    {
        Config = config;
        _endpoints = endpoints;
        _isShifted = endpoints.Any(e => e.Config.KeepPercent < 100);
    }

    public ClusterConfig Config { get; }

    public ReadOnlySpan<EndpointState> Endpoints => _endpoints;

    /// <summary>
    /// Power of two choices: of two endpoints drawn at random, the one with the lower load. An endpoint with a keep percentage takes no part;
    /// it gets exactly that share of its fair share instead, so that its recovery can be measured.
    /// </summary>
    /// <param name="avoid">The endpoint of the try before; taken only when there is no other.</param>
    /// <returns>Null when the cluster has no endpoint.</returns>
    public EndpointState? Pick(Random random, EndpointState? avoid)
    {
        if (_endpoints.Length <= 1)
        {
            return _endpoints.Length == 0 ? null : _endpoints[0];
        }

        int drawn = random.Next(_endpoints.Length);
        if (_endpoints[drawn] != avoid && IsLookedAt(_endpoints[drawn].Config.KeepPercent, random))
        {
            return _endpoints[drawn];
        }

        if (!_isShifted && avoid is null)
        {
            int other = random.Next(_endpoints.Length - 1);
            return Lighter(_endpoints[drawn], _endpoints[other < drawn ? other : other + 1]);
        }

        Span<int> candidates = stackalloc int[Math.Min(_endpoints.Length, MaxCandidates)];
        int count = Admit(candidates, avoid);
        return count switch
        {
            0 => PickExcluded(random, avoid),
            1 => _endpoints[candidates[0]],
            _ => PickTwo(candidates[..count], random),
        };
    }

    // Whoever is slow or fails loses every comparison, and would not be seen again for a minute: nobody could tell sick from well.
    private static bool IsLookedAt(int keepPercent, Random random) =>
        keepPercent < 100 ? random.Next(100) < keepPercent : random.Next(LookOneIn) == 0;

    private static EndpointState Lighter(EndpointState one, EndpointState two) => two.Load < one.Load ? two : one;

    private int Admit(Span<int> candidates, EndpointState? avoid)
    {
        int count = 0;
        for (int i = 0; i < candidates.Length; i++)
        {
            if (_endpoints[i] != avoid && _endpoints[i].Config.KeepPercent >= 100)
            {
                candidates[count++] = i;
            }
        }

        return count;
    }

    private EndpointState PickTwo(ReadOnlySpan<int> candidates, Random random)
    {
        int one = random.Next(candidates.Length);
        int two = random.Next(candidates.Length - 1);
        return Lighter(_endpoints[candidates[one]], _endpoints[candidates[two < one ? two : two + 1]]);
    }

    // Everyone was shifted away from or is to be avoided: a request must go somewhere.
    private EndpointState PickExcluded(Random random, EndpointState? avoid)
    {
        int start = random.Next(_endpoints.Length);
        for (int i = 0; i < _endpoints.Length; i++)
        {
            var endpoint = _endpoints[(start + i) % _endpoints.Length];
            if (endpoint != avoid)
            {
                return endpoint;
            }
        }

        return _endpoints[start];
    }
}
