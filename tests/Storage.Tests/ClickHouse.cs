using MeshInsight.Storage.Client;
using MeshInsight.Storage.Schema;
using MeshInsight.Testing;

namespace MeshInsight.Storage.Tests;

/// <summary>One real engine for all tests of the project; every test has a database of its own.</summary>
public sealed class ClickHouse : IAsyncLifetime
{
    private ClickHouseProcess _process = null!;
    private int _databases;

    public Uri Url => _process.Url;

    public async Task InitializeAsync() => _process = await ClickHouseProcess.StartAsync();

    public async Task DisposeAsync() => await _process.DisposeAsync();

    /// <summary>Keeps rows for ten years, because tests write rows of fixed dates.</summary>
    public ClickHouseOptions NewDatabase() =>
        ClickHouseOptions.Parse(Url.ToString(), $"test_{Interlocked.Increment(ref _databases)}") with { RetentionDays = 3650 };

    /// <summary>A client of a new database that has the whole schema.</summary>
    public async Task<ClickHouseClient> NewSchemaAsync()
    {
        var client = new ClickHouseClient(NewDatabase());
        await new Migrator(client, TimeProvider.System).ApplyAsync();
        return client;
    }
}

[CollectionDefinition(Name)]
public sealed class UsesClickHouse : ICollectionFixture<ClickHouse>
{
    public const string Name = "ClickHouse";
}
