namespace MeshInsight.Proxy.Records;

internal static class UnixTime
{
    public static long Nanos(DateTimeOffset time) => (time.UtcTicks - DateTime.UnixEpoch.Ticks) * 100;
}
