using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.Anomaly.Comparisons;

/// <summary>One signal of a rollout: the e-process and the burstiness of its events in both arms.</summary>
internal sealed class SignalTest(string name, double bound, double tolerance)
{
    private readonly ConditionalEProcess _process = new(tolerance);

    // The stable arm may be looked at on long scales. In the canary a fault that begins looks like a burst until it has lasted a few
    // blocks, so its scales are short: 2 s keeps the verdict within seconds.
    private readonly Dispersion _stable = new(1, 2, 4, 8);
    private readonly Dispersion _canary = new(1, 2);

    public bool IsProven => Meter.EValue >= bound;

    public EvidenceMeter Meter
    {
        get
        {
            double dispersion = Math.Max(_stable.Index, _canary.Index);
            return new(name, _process.EValue(dispersion), bound, dispersion);
        }
    }

    public void Add(long stableRequests, long canaryRequests, long stableEvents, long canaryEvents)
    {
        _process.Add(stableRequests, canaryRequests, stableEvents, canaryEvents);
        _stable.Add(stableRequests, stableEvents);
        _canary.Add(canaryRequests, canaryEvents);
    }

    public IReadOnlyList<IReadOnlyList<double>> State => [_process.State, _stable.State, _canary.State];

    public void Restore(IReadOnlyList<IReadOnlyList<double>> state)
    {
        _process.Restore(state[0]);
        _stable.Restore(state[1]);
        _canary.Restore(state[2]);
    }
}
