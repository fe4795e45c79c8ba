namespace MeshInsight.Storage.Client;

/// <summary>Between .NET's ticks (100 ns) and ClickHouse's nanoseconds since 1970.</summary>
public static class UnixTime
{
    public static long Nanos(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) * 100;

    /// <summary>To the tick; the last two digits of the nanoseconds are lost.</summary>
    public static DateTimeOffset FromNanos(long nanos) => DateTimeOffset.UnixEpoch.AddTicks(nanos / 100);
}
