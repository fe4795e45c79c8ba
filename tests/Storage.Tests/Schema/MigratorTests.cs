using MeshInsight.Storage.Client;
using MeshInsight.Storage.Schema;

namespace MeshInsight.Storage.Tests.Schema;

[Collection(UsesClickHouse.Name)]
public sealed class MigratorTests(ClickHouse clickHouse)
{
    [Fact]
    public async Task Apply_NewDatabase_AppliesAllOnce()
    {
        using var client = new ClickHouseClient(clickHouse.NewDatabase());
        var migrator = new Migrator(client, TimeProvider.System);

        var first = await migrator.ApplyAsync();
        var second = await migrator.ApplyAsync();

        Assert.Equal(Migrator.Latest, first.Count);
        Assert.Equal("0001_otel_traces", first[0]);
        Assert.Empty(second);
    }

    [Fact]
    public async Task Apply_FourProgramsAtOnce_AllSucceed()
    {
        var options = clickHouse.NewDatabase();
        using var client = new ClickHouseClient(options);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => new Migrator(client, TimeProvider.System).ApplyAsync())));

        Assert.Empty(await new Migrator(client, TimeProvider.System).ApplyAsync());
        Assert.Equal(0, await client.CountAsync("mesh_red_1m"));
    }

    [Fact]
    public async Task Apply_RecordsLost_StatementsCanBeRepeated()
    {
        using var client = await clickHouse.NewSchemaAsync();
        await client.ExecuteAsync("TRUNCATE TABLE mesh_migrations");

        var again = await new Migrator(client, TimeProvider.System).ApplyAsync();

        Assert.Equal(Migrator.Latest, again.Count);
    }

    [Fact]
    public async Task Apply_DatabaseOfANewerProgram_RefusesAndNamesBothVersions()
    {
        using var client = await clickHouse.NewSchemaAsync();
        await client.ExecuteAsync("INSERT INTO mesh_migrations SELECT 9000, 'from_the_future', now64(9)");

        var refusal = await Assert.ThrowsAsync<SchemaException>(() => new Migrator(client, TimeProvider.System).ApplyAsync());

        Assert.Contains("9000 (from_the_future)", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"up to {Migrator.Latest}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_OtherRetention_ChangesTheTables()
    {
        using var client = await clickHouse.NewSchemaAsync();
        using var shorter = new ClickHouseClient(client.Options with { RetentionDays = 3 });

        await new Migrator(shorter, TimeProvider.System).ApplyAsync();

        async Task<string> Ttl(string table) =>
            (await client.ReadAsync("SELECT extract(engine_full, 'TTL.*toIntervalDay\\\\(([0-9]+)') FROM system.tables WHERE database = currentDatabase() AND name = {t:String}", r => r.Text(0), QueryParameter.Of("t", table)))[0];
        Assert.Equal(("3", "3", "3", "90"), (await Ttl("otel_traces"), await Ttl("mesh_red_1m"), await Ttl("otel_metrics_sum"), await Ttl("mesh_decisions")));
        Assert.Empty(await Retention.ChangesAsync(shorter, default));
    }

    [Fact]
    public void Migrations_Numbered_WithoutGaps() =>
        Assert.Equal(Enumerable.Range(1, Migrator.Latest), Migration.All.Select(m => m.Version));

    [Fact]
    public async Task Statements_WithACluster_ParseAndAreReplicatedAndDistributed()
    {
        using var client = await clickHouse.NewSchemaAsync();
        var clustered = client.Options with { Cluster = "mesh" };
        string[] statements = [.. Migration.All.SelectMany(m => m.Statements(clustered))];

        foreach (string statement in statements)
        {
            Assert.DoesNotMatch("{[a-z]", statement);
            await using var tree = await client.QueryAsync($"EXPLAIN AST {statement}");
            Assert.True(await tree.NextAsync());
        }

        Assert.Contains(statements, s => s.StartsWith("CREATE TABLE IF NOT EXISTS otel_traces_local ON CLUSTER `mesh`", StringComparison.Ordinal));
        Assert.Contains(statements, s => s.Contains("ReplicatedReplacingMergeTree(UpdatedAt)", StringComparison.Ordinal));
        Assert.Contains(statements, s => s.Contains("otel_traces ON CLUSTER `mesh` AS otel_traces_local", StringComparison.Ordinal));
        Assert.All(statements, s => Assert.Contains("ON CLUSTER `mesh`", s, StringComparison.Ordinal));
    }
}
