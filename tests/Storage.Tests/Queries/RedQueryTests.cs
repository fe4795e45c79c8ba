using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Queries;
using MeshInsight.Storage.Records;

namespace MeshInsight.Storage.Tests.Queries;

/// <summary>Counters of known values over ten minutes, read back through every series query.</summary>
[Collection(UsesClickHouse.Name)]
public sealed class RedQueryTests(ClickHouse clickHouse)
{
    private static readonly DateTimeOffset Start = new(2026, 9, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeWindow TenMinutes = new(Start, Start.AddMinutes(10));

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(60)]
    public async Task Series_EveryResolution_SameCountsAndQuantiles(int stepSeconds)
    {
        using var client = await clickHouse.NewSchemaAsync();
        await new TelemetryStore(client, TimeProvider.System).InsertRedAsync(Rows());
        var queries = new TelemetryQueries(client).Red;

        var series = await queries.SeriesAsync(new("checkout"), TenMinutes, TimeSpan.FromSeconds(stepSeconds), RedGrouping.Version);

        Assert.Equal(["v1", "v2"], series.Select(s => s.Key));
        Assert.All(series, s => Assert.Equal(600 / stepSeconds, s.Points.Count));
        var (v1, v2) = (series[0].Points[0].Red, series[1].Points[0].Red);
        Assert.Equal(10 * stepSeconds, v1.Requests);
        Assert.Equal(10, v1.RequestsPerSecond);
        Assert.Equal(0, v1.ErrorShare);
        Assert.InRange(v1.P50Millis, 9.6, 10.4);
        Assert.Equal(0.2, v2.ErrorShare, 1e-9);
        Assert.InRange(v2.P99Millis, 96, 104);
        Assert.Equal(Start.AddSeconds(stepSeconds), series[0].Points[1].Time);
    }

    [Fact]
    public async Task Series_NoRows_OneEmptyLine()
    {
        using var client = await clickHouse.NewSchemaAsync();

        var series = await new TelemetryQueries(client).Red.SeriesAsync(new(), TenMinutes, TimeSpan.FromSeconds(10));

        var line = Assert.Single(series);
        Assert.Equal(60, line.Points.Count);
        Assert.All(line.Points, p => Assert.True(p.Red.Requests == 0 && double.IsNaN(p.Red.ErrorShare) && double.IsNaN(p.Red.P99Millis)));
    }

    [Fact]
    public async Task Totals_PerService_AddUp()
    {
        using var client = await clickHouse.NewSchemaAsync();
        await new TelemetryStore(client, TimeProvider.System).InsertRedAsync(Rows());
        var queries = new TelemetryQueries(client).Red;

        var totals = await queries.TotalsAsync(new(), TenMinutes, RedGrouping.Service);

        Assert.Equal(["checkout", "cart"], totals.Select(t => t.Key));
        Assert.Equal(20 * 600, totals[0].Red.Requests);
        Assert.Equal(0.1, totals[0].Red.ErrorShare, 1e-9);
        Assert.Equal(["cart", "checkout"], await queries.ServicesAsync(TenMinutes));
        Assert.Equal(["POST /pay"], await new TelemetryQueries(client).Red.OperationsAsync("checkout", TenMinutes));
    }

    [Fact]
    public async Task View_EdgesOfBothSides_AreOneEdge()
    {
        using var client = await clickHouse.NewSchemaAsync();
        var store = new TelemetryStore(client, TimeProvider.System);
        await store.InsertRedAsync(Rows());
        await store.InsertEdgesAsync(Edges());

        var view = await new TelemetryQueries(client).Topology.ViewAsync(TenMinutes);

        Assert.Equal([("cart", "v1"), ("checkout", "v1"), ("checkout", "v2")], view.Nodes.Select(n => (n.Service, n.Version)));
        Assert.Equal(["v1", "v2"], view.Edges.Select(e => e.DestinationVersion));
        var broken = view.Edges[1];
        Assert.Equal(("cart", "checkout", "http"), (broken.Source, broken.Destination, broken.Protocol));
        Assert.Equal(0.5, broken.Client.ErrorShare);
        Assert.Equal(0.25, broken.Server.ErrorShare);
        Assert.Equal(60, broken.Sparks.Count);
        Assert.Equal(0, view.Edges[0].Server.Requests);
        Assert.True(double.IsNaN(view.Edges[0].Server.P99Millis));
    }

    [Fact]
    public async Task WorstEdges_OneFails_ComesFirst()
    {
        using var client = await clickHouse.NewSchemaAsync();
        await new TelemetryStore(client, TimeProvider.System).InsertEdgesAsync(Edges());

        var worst = await new TelemetryQueries(client).Topology.WorstEdgesAsync(TenMinutes, limit: 1);

        Assert.Equal("v2", Assert.Single(worst).DestinationVersion);
    }

    private static List<RedRow> Rows()
    {
        List<RedRow> rows = [];
        for (int second = 0; second < 600; second++)
        {
            long at = Start.ToUnixTimeSeconds() + second;
            rows.Add(new(at, "checkout", "v1", "checkout-0", "POST /pay", 10, 0, Sketch(10, 10)));
            rows.Add(new(at, "checkout", "v2", "checkout-1", "POST /pay", 10, 2, Sketch(10, 100)));
            rows.Add(new(at, "cart", "v1", "cart-0", "GET /cart", 1, 0, Sketch(1, 5)));
        }

        return rows;
    }

    private static List<EdgeRow> Edges()
    {
        List<EdgeRow> rows = [];
        for (int second = 0; second < 600; second++)
        {
            long at = Start.ToUnixTimeSeconds() + second;
            rows.Add(new(at, EdgeSide.Client, "cart", "v1", "checkout", "v1", "http", 4, 0, Sketch(4, 20)));
            rows.Add(new(at, EdgeSide.Client, "cart", "v1", "checkout", "v2", "http", 4, 2, Sketch(4, 200)));
            rows.Add(new(at, EdgeSide.Server, "cart", "v1", "checkout", "v2", "http", 4, 1, Sketch(4, 100)));
        }

        return rows;
    }

    private static LatencySketch Sketch(int count, int millis)
    {
        var sketch = new LatencySketch();
        for (int i = 0; i < count; i++)
        {
            sketch.Add(millis * 1_000_000L);
        }

        return sketch;
    }
}
