namespace MeshInsight.Proxy.Balance;

/// <summary>What a cluster keeps from snapshot to snapshot, beside its endpoints' state. Thread-safe; the lock is held while an endpoint is ejected or comes back.</summary>
internal sealed class ClusterMemory
{
    private long _sweepDue;
    private int _turn;
    private volatile bool _isUsed;
    private long _ejections;
    private long _ejectionsRefused;

    public Lock Lock { get; } = new();

    /// <summary>Whether this sidecar has ever sent a request here. What it never calls it neither checks nor reports: a mesh is larger than what one app needs of it.</summary>
    public bool IsUsed
    {
        get => _isUsed;
        set => _isUsed = value;
    }

    /// <summary>Endpoints ejected since the sidecar's start.</summary>
    public long Ejections => Interlocked.Read(ref _ejections);

    /// <summary>Ejections that did not happen because too many endpoints were out.</summary>
    public long EjectionsRefused => Interlocked.Read(ref _ejectionsRefused);

    /// <summary>A number that differs with every call, for balancers that take turns.</summary>
    public uint NextTurn() => (uint)Interlocked.Increment(ref _turn);

    public void CountEjection() => Interlocked.Increment(ref _ejections);

    public void CountRefusedEjection() => Interlocked.Increment(ref _ejectionsRefused);

    /// <summary>True for one caller each interval; the first interval begins with the first call.</summary>
    public bool TryTakeSweep(long now, long interval)
    {
        long due = Volatile.Read(ref _sweepDue);
        bool isFirst = due == 0;
        return (isFirst || now >= due) && Interlocked.CompareExchange(ref _sweepDue, now + interval, due) == due && !isFirst;
    }
}
