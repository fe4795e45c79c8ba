namespace MeshInsight.Proxy.Limit;

/// <summary>Requests that one RateLimit refused, by reason. Lives as long as a resource of that name does, whatever becomes of its rates. Thread-safe.</summary>
internal sealed class LimitCounts
{
    public static readonly LimitReason[] Reasons = [.. Enum.GetValues<LimitReason>().Where(r => r != LimitReason.None)];

    private readonly long[] _refused = new long[Enum.GetValues<LimitReason>().Length];

    public void Add(LimitReason reason) => Interlocked.Increment(ref _refused[(int)reason]);

    public long Of(LimitReason reason) => Interlocked.Read(ref _refused[(int)reason]);
}
