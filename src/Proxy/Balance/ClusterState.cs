using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Balance;

/// <summary>
/// A cluster as one snapshot has it: its endpoints with their live state, and the plan to pick among those that are healthy now. The plan
/// is made anew when an endpoint's health has changed, never per request. Thread-safe: the lock is held while a plan is made.
/// </summary>
internal sealed class ClusterState
{
    private readonly Lock _lock = new();
    private readonly EndpointState[] _endpoints;
    private readonly HealthEpoch _epoch;
    private readonly TimeProvider _time;
    private readonly string _zone;
    private PickPlan? _plan;
    private int _plannedEpoch;

    public ClusterState(ClusterConfig config, EndpointState[] endpoints, ClusterMemory memory, HealthEpoch epoch, string zone, TimeProvider time)
    {
        Config = config;
        Memory = memory;
        _endpoints = endpoints;
        _epoch = epoch;
        _zone = zone;
        _time = time;
        CanProve = endpoints.Length > 0 && Array.TrueForAll(endpoints, e => e.Config.Identity.Length > 0);
    }

    public ClusterConfig Config { get; }

    public ClusterMemory Memory { get; }

    /// <summary>All endpoints can prove who they are.</summary>
    public bool CanProve { get; }

    public ReadOnlySpan<EndpointState> Endpoints => _endpoints;

    /// <summary>Whether an endpoint other than the one that was tried would take a request now: healthy, and not asking to be left alone.</summary>
    public bool HasOther(EndpointState tried)
    {
        foreach (var endpoint in Endpoints)
        {
            if (endpoint != tried && endpoint.Usability == Usability.Healthy && endpoint.SparedFor == TimeSpan.Zero)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>So few endpoints are healthy that health is not looked at.</summary>
    public bool IsPanicking => PickPlan.Usable(_endpoints, Config.Policy.PanicPercent).IsPanicking;

    /// <summary>One endpoint for one try.</summary>
    /// <param name="avoid">The endpoint of the try before; taken only when there is no other.</param>
    /// <param name="hash">What the request hashes to, for ringHash and maglev; 0 for a request without the header or cookie.</param>
    /// <returns>Null when there is no endpoint, or none that may be used.</returns>
    public EndpointState? Pick(Random random, EndpointState? avoid, ulong hash = 0)
    {
        var plan = Plan();
        return plan.TryProbe(avoid) ?? plan.Pick(random, avoid, hash);
    }

    private PickPlan Plan() =>
        Volatile.Read(ref _plan) is { } plan && Volatile.Read(ref _plannedEpoch) == _epoch.Value ? plan : Refresh();

    private PickPlan Refresh()
    {
        lock (_lock)
        {
            // Before the endpoints are looked at: what changes meanwhile makes it stale again.
            int epoch = _epoch.Value;
            Memory.IsUsed = true;
            if (_plan is null || !_plan.IsFor(_endpoints))
            {
                Volatile.Write(ref _plan, PickPlan.Make(_endpoints, Config.Policy, Memory, _zone, _time));
            }

            Volatile.Write(ref _plannedEpoch, epoch);
            return _plan!;
        }
    }
}
