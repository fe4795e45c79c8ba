namespace MeshInsight.Collector.Tests;

[Collection(nameof(ClickHouseFixture))]
public sealed class CollectorHostTests(ClickHouseFixture clickHouse)
{
    [Fact]
    public async Task Spans_SentOverGrpc_AreReportedCountedAndStored()
    {
        var database = clickHouse.NewDatabase();
        await using var control = await FakeControlPlane.StartAsync();
        await using var collector = await RunningCollector.StartAsync(database, control.Url);
        var now = TimeProvider.System.GetUtcNow();

        await collector.SendAsync(
            new SpanSpec("shop") { End = now, Trace = 1, Id = 1 },
            SpanSpec.Call("shop", "checkout", "v2", "checkout-2") with { End = now, Trace = 1, Id = 2, Parent = 1, Failed = true },
            new SpanSpec("checkout") { Version = "v2", Instance = "checkout-2", End = now, Trace = 1, Id = 3, Parent = 2, Failed = true });
        await control.WaitAsync(reports => reports.Any(r => r.Services.Count == 2));
        await collector.StopAsync();

        var window = control.Reports.Single(r => r.Services.Count > 0);
        var edge = Assert.Single(window.Edges);
        Assert.Equal(("shop", "checkout", "v2", "checkout-2", 1ul, 1ul), (edge.SourceService, edge.DestinationService, edge.DestinationVersion, edge.DestinationInstance, edge.Requests, edge.Errors));
        Assert.Equal(1ul, window.Services.Single(s => s.Service == "checkout").Errors);
        Assert.Equal(3, await Ask.CountAsync(database, "SELECT count() FROM otel_traces WHERE SamplingReason = 'Error' AND SuspectedService = 'checkout' AND SamplingProbability = 1"));
        Assert.Equal("ot=th:0", await Ask.ScalarAsync(database, "SELECT DISTINCT TraceState FROM otel_traces"));
        Assert.Equal(2, await Ask.CountAsync(database, "SELECT sum(Requests) FROM mesh_red"));
        Assert.Equal(1, await Ask.CountAsync(database, "SELECT sum(Errors) FROM mesh_edges WHERE Source = 'shop' AND Destination = 'checkout'"));
        Assert.Equal("shop", await Ask.ScalarAsync(database, "SELECT RootService FROM mesh_traces"));
    }
}
