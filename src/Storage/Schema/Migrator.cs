using MeshInsight.Storage.Client;

namespace MeshInsight.Storage.Schema;

/// <summary>
/// Brings the database to this program's schema. Every program calls it at its start: each statement can be repeated and is applied in order, so two
/// at once do the same work twice and end in the same place. What was applied is recorded in <c>mesh_migrations</c>.
/// </summary>
public sealed class Migrator(ClickHouseClient client, TimeProvider clock)
{
    /// <summary>Two programs creating one table at the same moment: one of them may be told that it exists already or is being created.</summary>
    private static readonly HashSet<string> Races = ["TABLE_ALREADY_EXISTS", "DATABASE_ALREADY_EXISTS", "DEADLOCK_AVOIDED", "TABLE_IS_BEING_RESTARTED"];

    private const int Attempts = 5;

    /// <summary>The schema version that this program needs.</summary>
    public static int Latest => Migration.All[^1].Version;

    /// <summary>Creates the database and what is missing in it, and brings the days that rows are kept to what the options say.</summary>
    /// <returns>The names of the migrations that were applied now; empty when nothing was missing.</returns>
    /// <exception cref="SchemaException">The database was made by a newer program.</exception>
    /// <exception cref="ClickHouseException">ClickHouse was not reached or refused a statement.</exception>
    public async Task<IReadOnlyList<string>> ApplyAsync(CancellationToken cancel = default)
    {
        string database = client.Options.Database;
        string onCluster = client.Options.Cluster.Length > 0 ? $"ON CLUSTER `{client.Options.Cluster}`" : "";
        await ExecuteAsync($"CREATE DATABASE IF NOT EXISTS `{database}` {onCluster}", "", cancel);
        foreach (string statement in MigrationTable.Statements(client.Options))
        {
            await ExecuteAsync(statement, null, cancel);
        }

        var applied = await MigrationTable.ReadAsync(client, cancel);
        if (applied.Count > 0 && applied.MaxBy(row => row.Version) is var newest && newest.Version > Latest)
        {
            throw new SchemaException(
                $"The database {database} at {client.Options.Endpoint} has schema {newest.Version} ({newest.Name}), this program knows up to {Latest}. "
                + "Update this program, or let MESH_CLICKHOUSE_URL name another database.");
        }

        List<string> done = [];
        foreach (var migration in Migration.All.Where(m => applied.All(row => row.Version != m.Version)))
        {
            foreach (string statement in migration.Statements(client.Options))
            {
                await ExecuteAsync(statement, null, cancel);
            }

            await MigrationTable.RecordAsync(client, migration, clock.GetUtcNow(), cancel);
            done.Add($"{migration.Version:0000}_{migration.Name}");
        }

        foreach (string change in await Retention.ChangesAsync(client, cancel))
        {
            await ExecuteAsync(change, null, cancel);
        }

        return done;
    }

    private async Task ExecuteAsync(string statement, string? database, CancellationToken cancel)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await client.ExecuteAsync(statement, database: database, cancel: cancel);
                return;
            }
            catch (ClickHouseException race) when (attempt < Attempts && Races.Contains(race.Name))
            {
                // The other program is a step ahead; the statement says IF NOT EXISTS, so it succeeds once that step is done.
                await Task.Delay(TimeSpan.FromMilliseconds(100 * attempt), clock, cancel);
            }
        }
    }
}
