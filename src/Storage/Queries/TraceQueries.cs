using MeshInsight.Storage.Client;

namespace MeshInsight.Storage.Queries;

/// <summary>Kept traces: lists and heatmaps from <c>mesh_traces</c>, the spans of one from <c>otel_traces</c>.</summary>
public sealed class TraceQueries(ClickHouseClient client)
{
    private const int MaxSpans = 10_000;
    private const int MaxTraces = 1000;

    // A search through spans is a subquery, which the engine would otherwise run twice: for its indexes, which know nothing of the answer, and for the rows.
    private const string OnePass = "SETTINGS use_index_for_in_with_subqueries = 0";

    private const string SpanColumns =
        "SpanId, ParentSpanId, TraceState, SpanName, SpanKind, ServiceName, ResourceAttributes, ScopeName, SpanAttributes, Timestamp, Duration, StatusCode, "
        + "StatusMessage, Events.Timestamp, Events.Name, Events.Attributes, Links.TraceId, Links.SpanId, Links.Attributes, "
        + "AnomalyScore, SuspectedService, SamplingProbability, SamplingReason";

    public async Task<IReadOnlyList<TraceSummary>> SearchAsync(TraceSearch search, CancellationToken cancel = default)
    {
        var filter = TraceFilter.Of(search);
        int limit = Math.Clamp(search.Limit, 1, MaxTraces);
        string order = search.Order switch
        {
            TraceOrder.Slowest => "Duration DESC",
            TraceOrder.MostAnomalous => "AnomalyScore DESC, Start DESC",
            TraceOrder.MostErrors => "ErrorCount DESC, Start DESC",
            _ => "Start DESC",
        };

        // A trace written again by late spans is dropped here: LIMIT BY in the engine would read every column of every row.
        string sql = $$"""
            SELECT TraceId, Start, Duration, RootService, RootOperation, Services, Versions, SpanCount, ErrorCount, AnomalyScore, SuspectedService,
              SamplingProbability, SamplingReason, SampleWeight
            FROM mesh_traces
            WHERE {{filter.Where}}
            ORDER BY {{order}}
            LIMIT {limit:UInt32}
            {{OnePass}}
            """;
        List<TraceSummary> traces = [];
        await using var rows = await client.QueryAsync(sql, [.. filter.Parameters, QueryParameter.Of("limit", 2 * limit)], cancel);
        while (await rows.NextAsync(cancel))
        {
            traces.Add(ReadSummary(rows));
        }

        return [.. traces.GroupBy(trace => trace.TraceId).Select(rowsOfOne => rowsOfOne.MaxBy(trace => trace.SpanCount)!).Take(limit)];
    }

    /// <summary>All stored spans of a trace, oldest first; empty when there are none. A span stored twice comes once.</summary>
    public async Task<IReadOnlyList<TraceSpan>> SpansAsync(string traceId, CancellationToken cancel = default)
    {
        const string Bounds = "FROM otel_traces_trace_id_ts WHERE TraceId = {trace:String}";
        string sql = $$"""
            WITH (SELECT min(Start) {{Bounds}}) AS first, (SELECT max(End) + 1 {{Bounds}}) AS last
            SELECT {{SpanColumns}}
            FROM otel_traces
            WHERE TraceId = {trace:String} AND Timestamp >= first AND Timestamp <= last
            ORDER BY Timestamp
            LIMIT 1 BY SpanId
            LIMIT {{MaxSpans}}
            """;
        List<TraceSpan> spans = [];
        await using var rows = await client.QueryAsync(sql, [QueryParameter.Of("trace", traceId.Trim().ToLowerInvariant())], cancel);
        while (await rows.NextAsync(cancel))
        {
            spans.Add(ReadSpan(traceId, rows));
        }

        return spans;
    }

    /// <summary>Durations of the traces a search finds, over time: half powers of two of a millisecond by step.</summary>
    public async Task<IReadOnlyList<HeatmapCell>> HeatmapAsync(TraceSearch search, int steps = 60, CancellationToken cancel = default)
    {
        var filter = TraceFilter.Of(search);
        long step = (long)search.Window.StepFor(steps).TotalSeconds;
        string sql = $$"""
            SELECT intDiv(toUnixTimestamp(toDateTime(Start)), {step:UInt32}) * {step:UInt32} AS Step,
              toInt32(floor(log2(greatest(Duration, 1000) / 1e6) * 2)) AS Band, count(), sum(SampleWeight), countIf(ErrorCount > 0)
            FROM mesh_traces FINAL
            WHERE {{filter.Where}}
            GROUP BY Step, Band
            ORDER BY Step, Band
            {{OnePass}}
            """;
        List<HeatmapCell> cells = [];
        await using var rows = await client.QueryAsync(sql, [.. filter.Parameters, QueryParameter.Of("step", step)], cancel);
        while (await rows.NextAsync(cancel))
        {
            cells.Add(new(DateTimeOffset.FromUnixTimeSeconds(rows.Int(0)), Math.Pow(2, rows.Int(1) / 2.0), rows.Int(2), rows.Double(3), rows.Int(4)));
        }

        return cells;
    }

    private static TraceSummary ReadSummary(ClickHouseReader rows) => new(
        rows.Text(0),
        rows.Time(1),
        Nanos(rows.Int(2)),
        rows.Text(3),
        rows.Text(4),
        rows.Texts(5),
        rows.Texts(6),
        (int)rows.Int(7),
        (int)rows.Int(8),
        rows.Double(9),
        rows.Text(10),
        rows.Double(11),
        rows.Text(12),
        rows.Double(13));

    private static TraceSpan ReadSpan(string traceId, ClickHouseReader rows)
    {
        long[] eventTimes = rows.Times(13);
        string[] eventNames = rows.Texts(14);
        var eventAttributes = rows.Maps(15);
        string[] linkTraces = rows.Texts(16);
        string[] linkSpans = rows.Texts(17);
        var linkAttributes = rows.Maps(18);
        return new(
            traceId,
            rows.Text(0),
            rows.Text(1),
            rows.Text(2),
            rows.Text(3),
            rows.Text(4),
            rows.Text(5),
            rows.Map(6),
            rows.Text(7),
            rows.Map(8),
            rows.UnixNanos(9),
            rows.Int(10),
            rows.Text(11),
            rows.Text(12),
            [.. eventTimes.Select((time, i) => new TraceSpanEvent(time, eventNames[i], eventAttributes[i]))],
            [.. linkTraces.Select((trace, i) => new TraceSpanLink(trace, linkSpans[i], linkAttributes[i]))],
            rows.Double(19),
            rows.Text(20),
            rows.Double(21),
            rows.Text(22));
    }

    private static TimeSpan Nanos(long nanos) => TimeSpan.FromTicks(nanos / TimeSpan.NanosecondsPerTick);
}
