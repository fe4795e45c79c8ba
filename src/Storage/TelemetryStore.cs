using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Client;
using MeshInsight.Storage.Inserts;
using MeshInsight.Storage.Records;

namespace MeshInsight.Storage;

/// <summary>
/// Writes what the collector and the control plane keep. A call returns once ClickHouse has the rows on disk; it throws
/// <see cref="ClickHouseException"/>, and when that is retryable the same call with the same token may be repeated without storing rows twice.
/// Batches are read during the call only. The engine pays about 50 µs per insert and table, so send thousands of spans at a time. Thread-safe.
/// </summary>
/// <param name="clock">Stamps rows that replace older ones.</param>
public sealed class TelemetryStore(ClickHouseClient client, TimeProvider clock)
{
    /// <param name="scores">One per span; null leaves anomaly, suspect, probability and reason to the table's defaults.</param>
    public Task InsertSpansAsync(SpanBatch spans, SpanScores? scores, string? token = null, CancellationToken cancel = default) =>
        InsertAsync(Spans(spans, scores), token, cancel);

    public Task InsertLogsAsync(LogBatch logs, string? token = null, CancellationToken cancel = default) => InsertAsync(Logs(logs), token, cancel);

    /// <summary>One insert per kind of metric; after a failure the kinds before it are stored, so repeat with the same token.</summary>
    public async Task InsertMetricsAsync(MetricBatch metrics, string? token = null, CancellationToken cancel = default)
    {
        foreach (var insert in Metrics(metrics))
        {
            await InsertAsync(insert, token, cancel);
        }
    }

    public Task InsertRedAsync(IReadOnlyList<RedRow> rows, string? token = null, CancellationToken cancel = default) => InsertAsync(Red(rows), token, cancel);

    public Task InsertEdgesAsync(IReadOnlyList<EdgeRow> rows, string? token = null, CancellationToken cancel = default) =>
        InsertAsync(Edges(rows), token, cancel);

    public Task InsertEdgeTimesAsync(IReadOnlyList<EdgeTimeRow> rows, string? token = null, CancellationToken cancel = default) =>
        InsertAsync(EdgeTimes(rows), token, cancel);

    public Task InsertTracesAsync(IReadOnlyList<TraceRow> rows, string? token = null, CancellationToken cancel = default) =>
        InsertAsync(Traces(rows), token, cancel);

    /// <summary>Stores findings; one with a known id replaces the older one.</summary>
    public Task InsertFindingsAsync(IEnumerable<Finding> findings, CancellationToken cancel = default) =>
        InsertAsync(HistoryBlocks.Findings(findings, clock.GetUtcNow()), null, cancel);

    /// <summary>Stores incidents; one with a known id replaces the older one.</summary>
    public Task InsertIncidentsAsync(IEnumerable<Incident> incidents, CancellationToken cancel = default) =>
        InsertAsync(HistoryBlocks.Incidents(incidents, clock.GetUtcNow()), null, cancel);

    /// <summary>Stores decisions; one with a known id replaces the older one.</summary>
    public Task InsertDecisionsAsync(IEnumerable<Decision> decisions, CancellationToken cancel = default) =>
        InsertAsync(HistoryBlocks.Decisions(decisions, clock.GetUtcNow()), null, cancel);

    /// <summary>Stores revisions; one of a known epoch and version replaces the older one.</summary>
    public Task InsertRevisionsAsync(IEnumerable<Revision> revisions, CancellationToken cancel = default) =>
        InsertAsync(HistoryBlocks.Revisions(revisions, clock.GetUtcNow()), null, cancel);

    /// <summary>Inserts what one of the functions below describes, or the bytes it once wrote to a file. Nothing is sent for no rows.</summary>
    public Task InsertAsync(TableInsert insert, string? token, CancellationToken cancel) =>
        insert.Rows == 0 ? Task.CompletedTask : client.InsertAsync(insert, token, cancel);

    public static TableInsert Spans(SpanBatch spans, SpanScores? scores) => SpanBlock.Insert(spans, scores);

    public static TableInsert Logs(LogBatch logs) => LogBlock.Insert(logs);

    /// <summary>One per table that gets rows.</summary>
    public static IEnumerable<TableInsert> Metrics(MetricBatch metrics) => MetricBlocks.Inserts(metrics);

    public static TableInsert Red(IReadOnlyList<RedRow> rows) => SeriesBlocks.RedInsert(rows);

    public static TableInsert Edges(IReadOnlyList<EdgeRow> rows) => SeriesBlocks.EdgeInsert(rows);

    public static TableInsert EdgeTimes(IReadOnlyList<EdgeTimeRow> rows) => SeriesBlocks.EdgeTimeInsert(rows);

    public static TableInsert Traces(IReadOnlyList<TraceRow> rows) => SeriesBlocks.TraceInsert(rows);
}
