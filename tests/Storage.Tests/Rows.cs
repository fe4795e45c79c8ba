using MeshInsight.Storage.Client;

namespace MeshInsight.Storage.Tests;

internal static class Rows
{
    /// <summary>All rows of a query, read by <paramref name="read"/>.</summary>
    public static async Task<List<T>> ReadAsync<T>(this ClickHouseClient client, string sql, Func<ClickHouseReader, T> read, params QueryParameter[] parameters)
    {
        List<T> rows = [];
        await using var reader = await client.QueryAsync(sql, parameters);
        while (await reader.NextAsync())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    public static async Task<long> CountAsync(this ClickHouseClient client, string table) =>
        (await client.ReadAsync($"SELECT count() FROM {table}", r => r.Int(0)))[0];
}
