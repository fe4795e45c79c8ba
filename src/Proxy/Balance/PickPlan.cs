using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Balance;

/// <summary>
/// How requests go to a cluster while the health of its endpoints stays as it is: groups of endpoints in the order of what it costs to
/// reach them, each with its share, and those that wait for a probe. Immutable.
/// </summary>
internal sealed class PickPlan
{
    private readonly Usability[] _usability;
    private readonly EndpointState[] _ejected;
    private readonly EndpointGroup[] _groups;
    private readonly int[] _shares;
    private readonly int _capacity;

    private PickPlan(Usability[] usability, EndpointState[] ejected, EndpointGroup[] groups, int[] shares, int capacity)
    {
        _usability = usability;
        _ejected = ejected;
        _groups = groups;
        _shares = shares;
        _capacity = capacity;
    }

    public static PickPlan Make(EndpointState[] endpoints, TrafficPolicy policy, ClusterMemory memory, string zone, TimeProvider time)
    {
        var (usability, isUsed, isPanicking) = Usable(endpoints, policy.PanicPercent);
        var levels = Levels(endpoints, policy.Locality, zone);
        var groups = new List<EndpointGroup>();
        var health = new List<int>();
        foreach (int[] level in levels)
        {
            EndpointState[] members = [.. level.Where(i => isUsed[i]).Select(i => endpoints[i])];
            if (members.Length > 0)
            {
                groups.Add(new EndpointGroup(members, policy, memory, time));
                health.Add(isPanicking ? 100 : Math.Min(100, (policy.Locality?.OverprovisioningPercent ?? 100) * members.Length / level.Length));
            }
        }

        return new PickPlan(
            usability,
            [.. endpoints.Where((_, i) => usability[i] == Usability.Ejected)],
            [.. groups],
            Shares(health),
            policy.Locality?.EndpointCapacity ?? 0);
    }

    /// <summary>Whether the endpoints are as healthy as they were when the plan was made.</summary>
    public bool IsFor(EndpointState[] endpoints)
    {
        for (int i = 0; i < endpoints.Length; i++)
        {
            if (endpoints[i].Usability != _usability[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>An ejected endpoint whose time is over gets this request, to see whether it is well again.</summary>
    public EndpointState? TryProbe(EndpointState? avoid)
    {
        foreach (var endpoint in _ejected)
        {
            if (endpoint != avoid && endpoint.Health.TryBeginProbe())
            {
                return endpoint;
            }
        }

        return null;
    }

    public EndpointState? Pick(Random random, EndpointState? avoid, ulong hash)
    {
        if (_groups.Length <= 1)
        {
            return _groups.Length == 0 ? null : _groups[0].Pick(random, avoid, hash);
        }

        EndpointState? fallback = null;
        for (int i = FirstGroup(random); i < _groups.Length; i++)
        {
            var picked = _groups[i].Pick(random, avoid, hash);
            if (picked != avoid && (_capacity == 0 || picked.Pending < _capacity))
            {
                return picked;
            }

            // Everyone is full: the cheapest place is as good as any other, unless the try before was there.
            fallback = fallback is null || fallback == avoid ? picked : fallback;
        }

        return fallback;
    }

    /// <summary>
    /// Who takes requests. The word of an endpoint's own sidecar is final while anyone else is ready; what we concluded ourselves is not,
    /// and is put aside when it would leave too few to carry the load (Envoy's panic threshold).
    /// </summary>
    public static (Usability[] Usability, bool[] IsUsed, bool IsPanicking) Usable(EndpointState[] endpoints, int panicPercent)
    {
        // Once: it may change while we look.
        Usability[] usability = [.. endpoints.Select(e => e.Usability)];
        int ready = usability.Count(u => u != Usability.NotReady);
        int healthy = usability.Count(u => u == Usability.Healthy);
        bool isPanicking = usability.Length > 0 && (ready == 0 ? panicPercent > 0 : (long)healthy * 100 < (long)panicPercent * ready);
        return (
            usability,
            [.. usability.Select(u => isPanicking ? ready == 0 || u != Usability.NotReady : u == Usability.Healthy)],
            isPanicking);
    }

    // Indexes of endpoints that cost the same, the cheapest first.
    private static List<int[]> Levels(EndpointState[] endpoints, LocalityConfig? locality, string zone)
    {
        int[] all = [.. Enumerable.Range(0, endpoints.Length)];
        if (locality is null || zone.Length == 0)
        {
            return [all];
        }

        var costs = new ZoneCosts(zone, locality.EgressCosts);
        return [.. all.GroupBy(i => costs.To(endpoints[i].Config.Zone)).OrderBy(g => g.Key).Select(g => g.ToArray())];
    }

    /// <summary>Envoy's priority load: each level takes what its health allows, the next one what is left; in thousandths, adding up.</summary>
    private static int[] Shares(List<int> health)
    {
        int total = Math.Min(100, health.Sum());
        int[] until = new int[health.Count];
        int taken = 0;
        for (int i = 0; i < until.Length; i++)
        {
            taken = Math.Min(total, taken + health[i]);
            until[i] = total == 0 ? 1000 : taken * 1000 / total;
        }

        return until;
    }

    private int FirstGroup(Random random)
    {
        if (_shares[0] >= 1000)
        {
            return 0;
        }

        int draw = random.Next(1000);
        int group = 0;
        while (draw >= _shares[group])
        {
            group++;
        }

        return group;
    }
}
