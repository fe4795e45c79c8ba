namespace MeshInsight.Proxy.Limit;

/// <summary>Requests that one RateLimit refused, by reason. Lives as long as a resource of that name does, whatever becomes of its rates. Thread-safe.</summary>
internal sealed class LimitCounts
{
    public static readonly LimitReason[] Reasons = [.. Enum.GetValues<LimitReason>().Where(r => r != LimitReason.None)];

    private readonly long[] _refused = new long[Enum.GetValues<LimitReason>().Length];

    private long _failedOpen;
    private long _waits;

    /// <summary>Requests that passed because the control plane was away.</summary>
    public long FailedOpen => Interlocked.Read(ref _failedOpen);

    /// <summary>Requests that waited for tokens to be fetched.</summary>
    public long Waits => Interlocked.Read(ref _waits);

    public void Add(LimitReason reason) => Interlocked.Increment(ref _refused[(int)reason]);

    public void CountFailedOpen() => Interlocked.Increment(ref _failedOpen);

    public void CountWait() => Interlocked.Increment(ref _waits);

    public long Of(LimitReason reason) => Interlocked.Read(ref _refused[(int)reason]);
}
