using MeshInsight.Storage.Client;

namespace MeshInsight.Storage.Queries;

/// <summary>Traces kept for one reason, or of one root operation.</summary>
/// <param name="Key">The reason; or <c>service:operation</c>.</param>
/// <param name="Estimated">Traces they stand for: the sum of their weights.</param>
/// <param name="EstimatedError">One standard deviation of <paramref name="Estimated"/>, from independent keeping: sqrt of the sum of w(w-1).</param>
public sealed record KeptTraces(string Key, long Kept, long Spans, long WithErrors, double Estimated, double EstimatedError, double MeanProbability);

/// <param name="DiskBytes">Compressed.</param>
public sealed record StoredTable(string Table, long Rows, long DiskBytes, long RawBytes);

/// <summary>What is kept and why, and what it costs.</summary>
public sealed class SamplingQueries(ClickHouseClient client)
{
    private const string Sums =
        "count(), sum(SpanCount), countIf(ErrorCount > 0), sum(SampleWeight), sqrt(sum(SampleWeight * (SampleWeight - 1))), avg(SamplingProbability)";

    /// <summary>By reason, most traces first.</summary>
    public Task<IReadOnlyList<KeptTraces>> ByReasonAsync(TimeWindow window, CancellationToken cancel = default) => KeptAsync("toString(SamplingReason)", window, cancel);

    /// <summary>By root operation, most traces first.</summary>
    public Task<IReadOnlyList<KeptTraces>> ByOperationAsync(TimeWindow window, CancellationToken cancel = default) =>
        KeptAsync("concat(RootService, ':', RootOperation)", window, cancel);

    /// <summary>Rows and bytes of every table, largest first.</summary>
    public async Task<IReadOnlyList<StoredTable>> TablesAsync(CancellationToken cancel = default)
    {
        List<StoredTable> tables = [];
        await using var rows = await client.QueryAsync(
            "SELECT table, sum(rows), sum(bytes_on_disk), sum(data_uncompressed_bytes) FROM system.parts "
            + "WHERE active AND database = currentDatabase() GROUP BY table ORDER BY sum(bytes_on_disk) DESC",
            cancel: cancel);
        while (await rows.NextAsync(cancel))
        {
            tables.Add(new(rows.Text(0), rows.Int(1), rows.Int(2), rows.Int(3)));
        }

        return tables;
    }

    private async Task<IReadOnlyList<KeptTraces>> KeptAsync(string key, TimeWindow window, CancellationToken cancel)
    {
        List<KeptTraces> kept = [];
        await using var rows = await client.QueryAsync(
            $"SELECT {key} AS Key, {Sums} FROM mesh_traces FINAL WHERE {Sql.StartWithin} GROUP BY Key ORDER BY count() DESC, Key LIMIT 1000",
            [QueryParameter.Of("from", window.From), QueryParameter.Of("to", window.To)],
            cancel);
        while (await rows.NextAsync(cancel))
        {
            kept.Add(new(rows.Text(0), rows.Int(1), rows.Int(2), rows.Int(3), rows.Double(4), rows.Double(5), rows.Double(6)));
        }

        return kept;
    }
}
