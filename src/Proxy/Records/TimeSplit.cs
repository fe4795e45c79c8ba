namespace MeshInsight.Proxy.Records;

/// <summary>What the callee's sidecar says about one request: how long it had it, and how long its app did. By its own clock, so no clocks are compared.</summary>
internal readonly record struct ServerTime(long TotalMicros, long AppMicros)
{
    public static ServerTime Unknown { get; } = new(-1, -1);

    public bool IsKnown => TotalMicros >= 0;
}

/// <summary>
/// Where one try's time went until its response's head was passed on (docs/decisions/0160). The four add up to that time, to the microsecond per part that the other
/// side rounds away.
/// </summary>
internal readonly record struct TimeSplit(long ClientProxyNanos, long NetworkNanos, long ServerProxyNanos, long AppNanos)
{
    /// <summary>False when no response came, or from someone who does not say how long it took.</summary>
    public static bool TryOf(AttemptRecord attempt, out TimeSplit split)
    {
        split = default;
        if (!attempt.ServerTime.IsKnown || attempt.RoundTripNanos == 0)
        {
            return false;
        }

        // What another program says is believed within what was measured here.
        long total = Math.Min(attempt.ServerTime.TotalMicros * 1000, attempt.RoundTripNanos);
        long app = Math.Min(attempt.ServerTime.AppMicros * 1000, total);
        split = new(attempt.ProxyNanos, attempt.RoundTripNanos - total, total - app, app);
        return true;
    }
}
