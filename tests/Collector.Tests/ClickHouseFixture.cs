using System.Globalization;
using System.Text;
using MeshInsight.Testing;

namespace MeshInsight.Collector.Tests;

/// <summary>One engine for the tests that only need some database; each takes one of its own.</summary>
public sealed class ClickHouseFixture : IAsyncLifetime
{
    private ClickHouseProcess _server = null!;
    private int _databases;

    public async Task InitializeAsync() => _server = await ClickHouseProcess.StartAsync();

    public Task DisposeAsync() => _server.DisposeAsync().AsTask();

    /// <summary>An URL whose database nobody else uses.</summary>
    internal Uri NewDatabase() => new(_server.Url, $"/?database=test{Interlocked.Increment(ref _databases)}");
}

[CollectionDefinition(nameof(ClickHouseFixture))]
public sealed class ClickHouseGroup : ICollectionFixture<ClickHouseFixture>;

/// <summary>Plain questions to ClickHouse, so that tests do not read with the code that wrote.</summary>
internal static class Ask
{
    private static readonly HttpClient s_http = new();

    /// <returns>The first column of the first row as text.</returns>
    public static async Task<string> ScalarAsync(Uri database, string sql)
    {
        using var content = new StringContent(sql + " FORMAT TSV", Encoding.UTF8);
        using var response = await s_http.PostAsync(database, content);
        string text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? text.TrimEnd('\n') : throw new InvalidOperationException(text);
    }

    public static async Task<long> CountAsync(Uri database, string sql) => long.Parse(await ScalarAsync(database, sql), CultureInfo.InvariantCulture);

    /// <summary>As <see cref="CountAsync"/>, and 0 while the schema is not there yet.</summary>
    public static async Task<long> CountSoFarAsync(Uri database, string sql)
    {
        try
        {
            return await CountAsync(database, sql);
        }
        catch (InvalidOperationException early) when (early.Message.Contains("UNKNOWN_", StringComparison.Ordinal))
        {
            return 0;
        }
    }

    public static async Task<double> NumberAsync(Uri database, string sql) => double.Parse(await ScalarAsync(database, sql), CultureInfo.InvariantCulture);
}
