using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Queries;
using MeshInsight.Storage.Records;

namespace MeshInsight.Storage.Tests.Queries;

[Collection(UsesClickHouse.Name)]
public sealed class OverheadQueryTests(ClickHouse clickHouse)
{
    // A whole minute, so that every table has the same rows.
    private static readonly DateTimeOffset s_start = DateTimeOffset.FromUnixTimeSeconds(1_790_000_040);

    [Theory]
    [InlineData(2)]
    [InlineData(60)]
    [InlineData(600)]
    public async Task Edges_OfFineAndCoarseTables_AreTheSame(int minutes)
    {
        using var client = await clickHouse.NewSchemaAsync();
        var store = new TelemetryStore(client, TimeProvider.System);
        var rows = new List<EdgeTimeRow>();
        for (int second = 0; second < 60; second++)
        {
            rows.AddRange(Second(second, "shop", "checkout", "v1", 100, 300, 50, 4000));
            rows.AddRange(Second(second, "shop", "checkout", "v2", 100, 300, 50, 9000));
            rows.AddRange(Second(second, "checkout", "stock", "v1", 80, 200, 40, 500));
        }

        await store.InsertEdgeTimesAsync(rows, "a");
        await store.InsertEdgeTimesAsync(rows, "a");
        var queries = new TelemetryQueries(client).Overhead;
        var window = new TimeWindow(s_start, s_start + TimeSpan.FromMinutes(minutes));

        var all = await queries.EdgesAsync(window);
        var some = await queries.EdgesAsync(window, "stock");

        Assert.Equal(["checkout/stock/v1", "shop/checkout/v1", "shop/checkout/v2"], all.Select(e => $"{e.Source}/{e.Destination}/{e.DestinationVersion}"));
        var slow = all[2];
        Assert.Equal(120, slow.Requests);
        Assert.Equal([0.1, 0.3, 0.05, 9], new[] { slow.ClientProxy.MeanMillis, slow.Network.MeanMillis, slow.ServerProxy.MeanMillis, slow.App.MeanMillis }.Select(m => Math.Round(m, 9)));
        Assert.Equal(9.45, slow.MeanMillis, 9);
        Assert.Equal(0.15, slow.MeshMillis, 9);
        Assert.InRange(slow.App.P99Millis, 8.7, 9.3);
        Assert.Equal(all[0], Assert.Single(some));
    }

    [Fact]
    public async Task Edges_OfAnEmptyWindow_AreNone()
    {
        using var client = await clickHouse.NewSchemaAsync();

        Assert.Empty(await new TelemetryQueries(client).Overhead.EdgesAsync(new(s_start, s_start + TimeSpan.FromMinutes(1))));
    }

    private static IEnumerable<EdgeTimeRow> Second(int second, string source, string destination, string version, params int[] micros) =>
        Enum.GetValues<EdgePart>().Select(part =>
        {
            var sketch = new LatencySketch();
            sketch.Add(micros[(int)part] * 1000L);
            sketch.Add(micros[(int)part] * 1000L);
            return new EdgeTimeRow(s_start.ToUnixTimeSeconds() + second, source, "v1", destination, version, part, sketch);
        });
}
