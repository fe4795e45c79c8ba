namespace MeshInsight.Storage.Queries;

/// <summary>Fragments that several queries share.</summary>
internal static class Sql
{
    /// <summary>The merged sketch as two columns for <see cref="Client.ClickHouseReader.Sketch"/>.</summary>
    public const string Sketch = "tupleElement(sumMap(LatencyBucket, LatencyCount), 1), tupleElement(sumMap(LatencyBucket, LatencyCount), 2)";

    /// <summary>Start of the row's step, seconds since 1970.</summary>
    public const string Step = "intDiv(toUnixTimestamp(Time), {step:UInt32}) * {step:UInt32}";

    /// <summary>Rows of a table with nanosecond times within the window.</summary>
    public const string StartWithin = "Start >= fromUnixTimestamp64Nano({from:Int64}) AND Start < fromUnixTimestamp64Nano({to:Int64})";
}
