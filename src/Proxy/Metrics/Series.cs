namespace MeshInsight.Proxy.Metrics;

/// <summary>
/// One combination of labels, from its first use until nobody has used it for a while. Thread-safe without a lock: the count that every use adds to is also what
/// tells a use from a retirement, so that no count is lost between the two.
/// </summary>
internal abstract class Series(long startUnixNanos, long startTimestamp)
{
    private long _count;
    private long _lastSeen = startTimestamp;

    /// <summary>Sums count from here; OTLP's start time of the series.</summary>
    public long StartUnixNanos => startUnixNanos;

    public long Count => Interlocked.Read(ref _count) is var count && count < 0 ? count - long.MinValue : count;

    /// <summary>Whether what was counted lives on, and will count again without looking for the series.</summary>
    protected virtual bool IsInUse => false;

    /// <returns>False when the series was retired meanwhile: look for its successor.</returns>
    protected bool TryCount(long now)
    {
        // Before the count: who retires reads them the other way round.
        Volatile.Write(ref _lastSeen, now);
        if (Interlocked.Increment(ref _count) > 0)
        {
            return true;
        }

        Interlocked.Decrement(ref _count);
        return false;
    }

    /// <returns>True when it was last used before <paramref name="idleSince"/>, and can be used no more.</returns>
    public bool TryRetire(long idleSince)
    {
        long count = Interlocked.Read(ref _count);
        return count >= 0 && Volatile.Read(ref _lastSeen) < idleSince && !IsInUse && Interlocked.CompareExchange(ref _count, count + long.MinValue, count) == count;
    }
}
