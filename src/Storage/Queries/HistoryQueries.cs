using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.Storage.Client;
using MeshInsight.Storage.Records;

namespace MeshInsight.Storage.Queries;

/// <summary>What the mesh found, decided and published, newest first, each in its latest state.</summary>
public sealed class HistoryQueries(ClickHouseClient client)
{
    /// <summary>Findings that were alive in the window.</summary>
    public Task<IReadOnlyList<Finding>> FindingsAsync(TimeWindow window, int limit = 200, CancellationToken cancel = default) => ReadAsync(
        "SELECT Record FROM mesh_findings FINAL WHERE Since < fromUnixTimestamp64Nano({to:Int64}) "
        + "AND (IsActive OR UpdatedAt >= fromUnixTimestamp64Nano({from:Int64})) ORDER BY Since DESC LIMIT {limit:UInt32}",
        RecordJson.Default.Finding,
        [.. Within(window), QueryParameter.Of("limit", limit)],
        cancel);

    /// <summary>Incidents that were open in the window.</summary>
    public Task<IReadOnlyList<Incident>> IncidentsAsync(TimeWindow window, bool openOnly = false, int limit = 200, CancellationToken cancel = default) => ReadAsync(
        "SELECT Record FROM mesh_incidents FINAL WHERE StartedAt < fromUnixTimestamp64Nano({to:Int64}) "
        + "AND (IsOpen OR (EndedAt >= fromUnixTimestamp64Nano({from:Int64}) AND NOT {open:Bool})) ORDER BY StartedAt DESC LIMIT {limit:UInt32}",
        RecordJson.Default.Incident,
        [.. Within(window), QueryParameter.Of("open", openOnly), QueryParameter.Of("limit", limit)],
        cancel);

    /// <returns>Null when there is none with that id.</returns>
    public async Task<Incident?> IncidentAsync(string id, CancellationToken cancel = default)
    {
        const string Sql = "SELECT Record FROM mesh_incidents FINAL WHERE Id = {id:String}";
        var found = await ReadAsync(Sql, RecordJson.Default.Incident, [QueryParameter.Of("id", id)], cancel);
        return found.Count > 0 ? found[0] : null;
    }

    /// <param name="target">Rollout name or <c>service/instance</c>; empty = any.</param>
    public Task<IReadOnlyList<Decision>> DecisionsAsync(TimeWindow window, string target = "", int limit = 200, CancellationToken cancel = default) => ReadAsync(
        "SELECT Record FROM mesh_decisions FINAL WHERE At >= fromUnixTimestamp64Nano({from:Int64}) AND At < fromUnixTimestamp64Nano({to:Int64}) "
        + "AND ({target:String} = '' OR Target = {target:String}) ORDER BY At DESC LIMIT {limit:UInt32}",
        RecordJson.Default.Decision,
        [.. Within(window), QueryParameter.Of("target", target), QueryParameter.Of("limit", limit)],
        cancel);

    /// <summary>Decisions with these ids, oldest first.</summary>
    public Task<IReadOnlyList<Decision>> DecisionsAsync(IEnumerable<string> ids, CancellationToken cancel = default) => ReadAsync(
        "SELECT Record FROM mesh_decisions FINAL WHERE Id IN {ids:Array(String)} ORDER BY At",
        RecordJson.Default.Decision,
        [QueryParameter.Of("ids", ids)],
        cancel);

    public async Task<IReadOnlyList<Revision>> RevisionsAsync(int limit = 100, CancellationToken cancel = default)
    {
        List<Revision> revisions = [];
        await using var rows = await client.QueryAsync(
            "SELECT Epoch, Version, At, By, Change, Record FROM mesh_revisions FINAL ORDER BY At DESC, Version DESC LIMIT {limit:UInt32}",
            [QueryParameter.Of("limit", limit)],
            cancel);
        while (await rows.NextAsync(cancel))
        {
            revisions.Add(new(rows.Text(0), rows.Int(1), rows.Time(2), rows.Text(3), rows.Text(4), rows.Text(5)));
        }

        return revisions;
    }

    private static QueryParameter[] Within(TimeWindow window) => [QueryParameter.Of("from", window.From), QueryParameter.Of("to", window.To)];

    private async Task<IReadOnlyList<T>> ReadAsync<T>(string sql, JsonTypeInfo<T> type, QueryParameter[] parameters, CancellationToken cancel)
    {
        List<T> records = [];
        await using var rows = await client.QueryAsync(sql, parameters, cancel);
        while (await rows.NextAsync(cancel))
        {
            records.Add(JsonSerializer.Deserialize(rows.Text(0), type)!);
        }

        return records;
    }
}
