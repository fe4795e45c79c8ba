using MeshInsight.Storage.Client;

namespace MeshInsight.Storage.Queries;

/// <summary>One stored log record.</summary>
/// <param name="SeverityNumber">1..24 as in OpenTelemetry; 0 = not given.</param>
public sealed record LogLine(
    long TimeUnixNano,
    string TraceId,
    string SpanId,
    string Severity,
    int SeverityNumber,
    string Service,
    string Body,
    IReadOnlyList<KeyValuePair<string, string>> Attributes,
    IReadOnlyList<KeyValuePair<string, string>> Resource);

/// <summary>What log records to look for; empty and zero mean any.</summary>
/// <param name="Text">Part of the body, ignoring case.</param>
/// <param name="MinSeverity">9 = info, 13 = warning, 17 = error.</param>
/// <param name="Limit">1..1000.</param>
public sealed record LogSearch(TimeWindow Window, string Service = "", int MinSeverity = 0, string Text = "", int Limit = 100);

/// <summary>Log records, from <c>otel_logs</c>.</summary>
public sealed class LogQueries(ClickHouseClient client)
{
    private const string Columns = "Timestamp, TraceId, SpanId, SeverityText, SeverityNumber, ServiceName, Body, LogAttributes, ResourceAttributes";

    /// <summary>Records of one trace, oldest first, at most a thousand.</summary>
    public Task<IReadOnlyList<LogLine>> OfTraceAsync(string traceId, CancellationToken cancel = default) => ReadAsync(
        $"SELECT {Columns} FROM otel_logs WHERE TraceId = {{trace:String}} ORDER BY Timestamp LIMIT 1000",
        [QueryParameter.Of("trace", traceId.Trim().ToLowerInvariant())],
        cancel);

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<LogLine>> SearchAsync(LogSearch search, CancellationToken cancel = default) => ReadAsync(
        $$"""
        SELECT {{Columns}} FROM otel_logs
        WHERE Timestamp >= fromUnixTimestamp64Nano({from:Int64}) AND Timestamp < fromUnixTimestamp64Nano({to:Int64})
          AND ({service:String} = '' OR ServiceName = {service:String})
          AND SeverityNumber >= {severity:UInt8}
          AND ({text:String} = '' OR positionCaseInsensitiveUTF8(Body, {text:String}) > 0)
        ORDER BY Timestamp DESC
        LIMIT {limit:UInt32}
        """,
        [
            QueryParameter.Of("from", search.Window.From),
            QueryParameter.Of("to", search.Window.To),
            QueryParameter.Of("service", search.Service),
            QueryParameter.Of("severity", search.MinSeverity),
            QueryParameter.Of("text", search.Text),
            QueryParameter.Of("limit", Math.Clamp(search.Limit, 1, 1000)),
        ],
        cancel);

    private async Task<IReadOnlyList<LogLine>> ReadAsync(string sql, QueryParameter[] parameters, CancellationToken cancel)
    {
        List<LogLine> lines = [];
        await using var rows = await client.QueryAsync(sql, parameters, cancel);
        while (await rows.NextAsync(cancel))
        {
            lines.Add(new(
                rows.UnixNanos(0),
                rows.Text(1),
                rows.Text(2),
                rows.Text(3),
                (int)rows.Int(4),
                rows.Text(5),
                rows.Text(6),
                rows.Map(7),
                rows.Map(8)));
        }

        return lines;
    }
}
