using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Balance;

/// <summary>
/// Endpoints among which nothing but the balancer decides, save for two kinds that take less than their share: those a remediation
/// shifted away from (an exact share of their fair one, whatever their load) and those that have just come (slow start).
/// </summary>
internal sealed class EndpointGroup
{
    // A pick has an end; with so many refused in a row the shares of many new endpoints are a little larger than they should be.
    private const int MaxRefusals = 8;

    private readonly EndpointState[] _shifted;
    private readonly EndpointState[] _members;
    private readonly IBalancer? _balancer;
    private readonly SlowStart? _slowStart;

    /// <param name="endpoints">At least one.</param>
    public EndpointGroup(EndpointState[] endpoints, TrafficPolicy policy, ClusterMemory memory, TimeProvider time)
    {
        _shifted = [.. endpoints.Where(e => e.Config.KeepPercent < 100)];
        _members = [.. endpoints.Where(e => e.Config.KeepPercent >= 100)];
        _balancer = _members.Length > 0 ? Balancers.Create(policy.Balancer.Kind, _members, memory) : null;
        // The same key must find the same endpoint, new or not.
        bool isHashing = policy.Balancer.Hash is not null;
        _slowStart = policy.SlowStart is { } slowStart && !isHashing && _members.Length > 1 ? new SlowStart(slowStart, _members, time) : null;
    }

    public EndpointState Pick(Random random, EndpointState? avoid, ulong hash)
    {
        if (_shifted.Length > 0 && PickShifted(random, avoid) is { } kept)
        {
            return kept;
        }

        if (_balancer is null)
        {
            return Uniform.Pick(_shifted, random, avoid);
        }

        var picked = _balancer.Pick(random, avoid, hash);
        if (_slowStart is { IsOver: false } slowStart)
        {
            for (int refusals = 0; refusals < MaxRefusals && !slowStart.Admits(picked, random); refusals++)
            {
                picked = _balancer.Pick(random, avoid, hash);
            }
        }

        // The only one left was tried just now: better one that was shifted away from.
        return picked == avoid && _shifted.Length > 0 ? Uniform.Pick(_shifted, random, avoid) : picked;
    }

    private EndpointState? PickShifted(Random random, EndpointState? avoid)
    {
        int drawn = random.Next(_shifted.Length + _members.Length);
        return drawn < _shifted.Length && _shifted[drawn] != avoid && random.Next(100) < _shifted[drawn].Config.KeepPercent ? _shifted[drawn] : null;
    }
}
