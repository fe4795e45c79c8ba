namespace MeshInsight.Anomaly.Sampling;

/// <summary>
/// Multipliers for traces that touch something, each until a time: whole at first, and less and less (geometrically) until it is 1 at its end. Boosted
/// traces cost budget like others, so everything else yields. Bounded; not thread-safe.
/// </summary>
internal sealed class SamplingBoosts(int capacity = 256)
{
    private readonly Dictionary<ulong, (double Factor, long From, long Until)> _boosts = [];

    public bool IsEmpty => _boosts.Count == 0;

    /// <param name="target">Hash of a service, of a service with its version, or of an operation, as spans carry them.</param>
    /// <returns>False when there are too many already.</returns>
    public bool TrySet(ulong target, double factor, long nowUnixNanos, long untilUnixNanos)
    {
        Forget(nowUnixNanos);
        if (_boosts.Count >= capacity && !_boosts.ContainsKey(target))
        {
            return false;
        }

        _boosts[target] = (Math.Max(1, factor), nowUnixNanos, untilUnixNanos);
        return true;
    }

    /// <summary>The largest of all that the trace touches; 1 without any.</summary>
    public double Of(ReadOnlySpan<SampledSpan> spans, long nowUnixNanos)
    {
        double most = 1;
        foreach (ref readonly var span in spans)
        {
            most = Math.Max(most, Math.Max(Of(span.Service, nowUnixNanos), Math.Max(Of(span.Version, nowUnixNanos), Of(span.Operation, nowUnixNanos))));
        }

        return most;
    }

    private double Of(ulong target, long now) =>
        _boosts.TryGetValue(target, out var boost) && now < boost.Until
            ? Math.Pow(boost.Factor, (double)(boost.Until - Math.Max(now, boost.From)) / (boost.Until - boost.From))
            : 1;

    private void Forget(long now)
    {
        foreach (var (target, boost) in _boosts)
        {
            if (boost.Until <= now)
            {
                _boosts.Remove(target);
            }
        }
    }
}
