using MeshInsight.Contracts.Rollouts;
using MeshInsight.ControlPlane.History;
using MeshInsight.Storage.Client;
using MeshInsight.Storage.Records;
using MeshInsight.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshInsight.ControlPlane.Tests.History;

public class HistoryWriterTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Writer_DecisionsAndRevisions_AreReadBackFromClickHouse()
    {
        await using var server = await ClickHouseProcess.StartAsync();
        using var client = new ClickHouseClient(ClickHouseOptions.Parse(server.Url.ToString()));
        using var writer = new HistoryWriter(client, TimeProvider.System, NullLogger<HistoryWriter>.Instance);
        var decision = new Decision("d1", Now, DecisionKind.RollBack, "checkout-v2", "mesh", "21 % failed.", "{}", "e-process", 0.01, "", 0, null);
        writer.Add(decision);
        writer.Add(decision with { AppliedVersion = 7 });
        writer.Add(new Revision("e", 7, Now, "mesh", "weights: checkout/default", "{}"));

        await writer.StartAsync(CancellationToken.None);

        Assert.Equal("7", await Eventually.GetAsync(() => ReadAsync(client, "SELECT toString(max(AppliedVersion)) FROM mesh_decisions WHERE Id = 'd1'"), t => t == "7"));
        Assert.Equal("1", await Eventually.GetAsync(() => ReadAsync(client, "SELECT toString(count()) FROM mesh_revisions WHERE Version = 7"), t => t == "1"));
        await writer.StopAsync(CancellationToken.None);
        Assert.Equal(0, writer.Dropped);
    }

    [Fact]
    public void Waiting_MoreThanItsLimit_GivesUpTheOldestAndCounts()
    {
        var waiting = new WaitingRecords<string>(3, r => r[..1]);
        foreach (string record in new[] { "a1", "b1", "a2", "c1", "d1" })
        {
            waiting.Put(record);
        }

        Assert.Equal(1, waiting.Dropped);
        var taken = waiting.Take();
        Assert.Equal(["b1", "c1", "d1"], taken);
        waiting.Put("c2");
        waiting.PutBack(taken);
        Assert.Equal(["b1", "d1", "c2"], waiting.Take().Order().OrderBy(r => r is "c2"));
    }

    private static async Task<string> ReadAsync(ClickHouseClient client, string sql)
    {
        try
        {
            await using var reader = await client.QueryAsync(sql);
            return await reader.NextAsync() ? reader.Text(0) : "";
        }
        catch (ClickHouseException error)
        {
            return error.Message;
        }
    }
}
