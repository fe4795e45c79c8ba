using MeshInsight.Storage.Client;
using MeshInsight.Storage.Records;
using static MeshInsight.Storage.Inserts.RecordColumns;

namespace MeshInsight.Storage.Inserts;

/// <summary>What the collector counts and keeps → <c>mesh_red</c>, <c>mesh_edges</c>, <c>mesh_edge_times</c>, <c>mesh_traces</c>.</summary>
internal static class SeriesBlocks
{
    private static readonly Block<IReadOnlyList<RedRow>> RedBlock = new("mesh_red", static r => r.Count,
    [
        Seconds<RedRow>("Time", static r => r.UnixSeconds),
        Low<RedRow>("ServiceName", static r => r.Service),
        Low<RedRow>("ServiceVersion", static r => r.Version),
        Low<RedRow>("ServiceInstance", static r => r.Instance),
        Low<RedRow>("Operation", static r => r.Operation),
        Number<RedRow, ulong>("Requests", "UInt64", static r => r.Requests),
        Number<RedRow, ulong>("Errors", "UInt64", static r => r.Errors),
        .. Sketch<RedRow>(static r => r.Latency),
    ]);

    private static readonly Block<IReadOnlyList<EdgeRow>> EdgeBlock = new("mesh_edges", static r => r.Count,
    [
        Seconds<EdgeRow>("Time", static r => r.UnixSeconds),
        Low<EdgeRow>("Source", static r => r.Source),
        Low<EdgeRow>("SourceVersion", static r => r.SourceVersion),
        Low<EdgeRow>("Destination", static r => r.Destination),
        Low<EdgeRow>("DestinationVersion", static r => r.DestinationVersion),
        Low<EdgeRow>("Side", static r => r.Side == EdgeSide.Client ? "client" : "server"),
        Low<EdgeRow>("Protocol", static r => r.Protocol),
        Number<EdgeRow, ulong>("Requests", "UInt64", static r => r.Requests),
        Number<EdgeRow, ulong>("Errors", "UInt64", static r => r.Errors),
        .. Sketch<EdgeRow>(static r => r.Latency),
    ]);

    private static readonly Block<IReadOnlyList<EdgeTimeRow>> EdgeTimeBlock = new("mesh_edge_times", static r => r.Count,
    [
        Seconds<EdgeTimeRow>("Time", static r => r.UnixSeconds),
        Low<EdgeTimeRow>("Source", static r => r.Source),
        Low<EdgeTimeRow>("SourceVersion", static r => r.SourceVersion),
        Low<EdgeTimeRow>("Destination", static r => r.Destination),
        Low<EdgeTimeRow>("DestinationVersion", static r => r.DestinationVersion),
        Low<EdgeTimeRow>("Part", static r => EdgeTimeRow.NameOf(r.Part)),
        Number<EdgeTimeRow, ulong>("Requests", "UInt64", static r => r.Time.Count),
        .. Sketch<EdgeTimeRow>(static r => r.Time),
    ]);

    private static readonly Block<IReadOnlyList<TraceRow>> TraceBlock = new("mesh_traces", static r => r.Count,
    [
        Text<TraceRow>("TraceId", static r => r.TraceId.ToString()),
        Number<TraceRow, long>("Start", "DateTime64(9)", static r => r.StartUnixNano),
        Number<TraceRow, ulong>("Duration", "UInt64", static r => (ulong)r.DurationNano),
        Low<TraceRow>("RootService", static r => r.RootService),
        Low<TraceRow>("RootOperation", static r => r.RootOperation),
        Lows<TraceRow>("Services", static r => r.Services),
        Lows<TraceRow>("Versions", static r => r.Versions),
        Lows<TraceRow>("Operations", static r => r.Operations),
        Number<TraceRow, uint>("SpanCount", "UInt32", static r => (uint)r.SpanCount),
        Number<TraceRow, uint>("ErrorCount", "UInt32", static r => (uint)r.ErrorCount),
        Number<TraceRow, float>("AnomalyScore", "Float32", static r => r.AnomalyScore),
        Low<TraceRow>("SuspectedService", static r => r.SuspectedService),
        Number<TraceRow, double>("SamplingProbability", "Float64", static r => r.SamplingProbability),
        Low<TraceRow>("SamplingReason", static r => r.SamplingReason),
    ]);

    public static TableInsert RedInsert(IReadOnlyList<RedRow> rows) => RedBlock.Insert(rows);

    public static TableInsert EdgeInsert(IReadOnlyList<EdgeRow> rows) => EdgeBlock.Insert(rows);

    public static TableInsert EdgeTimeInsert(IReadOnlyList<EdgeTimeRow> rows) => EdgeTimeBlock.Insert(rows);

    public static TableInsert TraceInsert(IReadOnlyList<TraceRow> rows) => TraceBlock.Insert(rows);
}
