namespace MeshInsight.Contracts.Otlp.Decoding;

internal static class TimeRules
{
    /// <summary>OTLP times are unsigned nanoseconds; past year 2262 they end at the last moment a long can say.</summary>
    public static long Time(ulong unixNano) => (long)Math.Min(unixNano, long.MaxValue);
}
