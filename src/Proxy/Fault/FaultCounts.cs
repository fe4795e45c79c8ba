namespace MeshInsight.Proxy.Fault;

/// <summary>What one FaultInjection has done here. Lives as long as a resource of that name does. Thread-safe.</summary>
internal sealed class FaultCounts
{
    private int _active;
    private long _delays;
    private long _aborts;
    private long _overflows;

    /// <summary>Requests under a fault now.</summary>
    public int Active => Volatile.Read(ref _active);

    public long Delays => Interlocked.Read(ref _delays);

    public long Aborts => Interlocked.Read(ref _aborts);

    /// <summary>Requests that were spared because too many were under a fault already.</summary>
    public long Overflows => Interlocked.Read(ref _overflows);

    /// <param name="max">0 for no limit.</param>
    /// <returns>False when there are as many already; else the caller owes an <see cref="Exit"/>.</returns>
    public bool TryEnter(int max)
    {
        if (Interlocked.Increment(ref _active) <= max || max == 0)
        {
            return true;
        }

        Exit();
        Interlocked.Increment(ref _overflows);
        return false;
    }

    public void Exit() => Interlocked.Decrement(ref _active);

    public void CountDelay() => Interlocked.Increment(ref _delays);

    public void CountAbort() => Interlocked.Increment(ref _aborts);
}
