using MeshInsight.Storage.Client;

namespace MeshInsight.Storage.Schema;

/// <summary>The table that records which migrations a database has. Two programs may both record one; reading takes each once.</summary>
internal static class MigrationTable
{
    private const string Name = "mesh_migrations";

    private static readonly Migration Table = new(0, Name, $$"""
        CREATE TABLE IF NOT EXISTS {{Name}}{local} {on_cluster} (
          Version UInt32,
          Name String,
          AppliedAt DateTime64(9)
        )
        ENGINE = {engine}ReplacingMergeTree
        ORDER BY Version;
        -- distributed: {{Name}} by Version
        """);

    public static IEnumerable<string> Statements(ClickHouseOptions options) => Table.Statements(options);

    public static async Task<IReadOnlyList<(long Version, string Name)>> ReadAsync(ClickHouseClient client, CancellationToken cancel)
    {
        List<(long, string)> rows = [];
        await using var reader = await client.QueryAsync($"SELECT Version, any(Name) FROM {Name} GROUP BY Version ORDER BY Version", cancel: cancel);
        while (await reader.NextAsync(cancel))
        {
            rows.Add((reader.Int(0), reader.Text(1)));
        }

        return rows;
    }

    public static Task RecordAsync(ClickHouseClient client, Migration migration, DateTimeOffset now, CancellationToken cancel) =>
        client.ExecuteAsync(
            $"INSERT INTO {Name} (Version, Name, AppliedAt) SELECT {{version:UInt32}}, {{name:String}}, fromUnixTimestamp64Nano({{now:Int64}})",
            [QueryParameter.Of("version", migration.Version), QueryParameter.Of("name", migration.Name), QueryParameter.Of("now", now)],
            cancel: cancel);
}
