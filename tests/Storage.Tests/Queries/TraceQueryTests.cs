using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Queries;
using MeshInsight.Storage.Records;

namespace MeshInsight.Storage.Tests.Queries;

[Collection(UsesClickHouse.Name)]
public sealed class TraceQueryTests(ClickHouse clickHouse)
{
    private static readonly DateTimeOffset Start = new(2026, 9, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeWindow Hour = new(Start, Start.AddHours(1));

    private static long Nanos(double seconds) => (Start.ToUnixTimeMilliseconds() * 1_000_000) + (long)(seconds * 1e9);

    private static TraceId Id(int number) => new(0xabc, (ulong)number);

    [Fact]
    public async Task Search_EachCondition_FindsItsTraces()
    {
        using var client = await clickHouse.NewSchemaAsync();
        await FillAsync(new(client, TimeProvider.System));
        var traces = new TelemetryQueries(client).Traces;

        async Task<string> Found(TraceSearch search) =>
            string.Join(',', (await traces.SearchAsync(search)).Select(t => int.Parse(t.TraceId[^4..], System.Globalization.NumberStyles.HexNumber, null)));

        Assert.Equal("4,3,2,1", await Found(new(Hour)));
        Assert.Equal("2,1", await Found(new(Hour, Limit: 2, Order: TraceOrder.Slowest)));
        Assert.Equal("3", await Found(new(Hour, Limit: 1, Order: TraceOrder.MostAnomalous)));
        Assert.Equal("2", await Found(new(Hour, ErrorsOnly: true)));
        Assert.Equal("4,2", await Found(new(Hour, Service: "payment")));
        Assert.Equal("2", await Found(new(Hour, Service: "payment", Version: "v2")));
        Assert.Equal("4", await Found(new(Hour, Service: "payment", Operation: "Refund")));
        Assert.Equal("4,3", await Found(new(Hour, MaxDuration: TimeSpan.FromMilliseconds(250))));
        Assert.Equal("2,1", await Found(new(Hour, MinDuration: TimeSpan.FromMilliseconds(300))));
        Assert.Equal("3", await Found(new(Hour, Reason: "slow")));
        Assert.Equal("2", await Found(new(new(Start.AddYears(-9), Start), TraceId: Id(2).ToString().ToUpperInvariant())));
        Assert.Equal("2", await Found(new(Hour, Attribute: "user.id=it's \\ me")));
        Assert.Equal("2", await Found(new(Hour, Attribute: "CARD declined")));
        Assert.Equal("1", await Found(new(Hour, Attribute: "service.version=v7")));
        Assert.Equal("", await Found(new(Hour, Attribute: "') OR 1=1 --")));
        Assert.Equal("", await Found(new(Hour, Service: "x' OR '1'='1")));
    }

    [Fact]
    public async Task Search_TraceWrittenAgainWithLateSpans_ComesOnceAsItIsNow()
    {
        using var client = await clickHouse.NewSchemaAsync();
        var store = new TelemetryStore(client, TimeProvider.System);
        await store.InsertTracesAsync([Row(1, 0, 100, 0, "a", "root")]);
        await store.InsertTracesAsync([Row(1, 0, 100, 0, "a", "root") with { SpanCount = 9 }]);

        var found = Assert.Single(await new TelemetryQueries(client).Traces.SearchAsync(new(Hour)));

        Assert.Equal(9, found.SpanCount);
    }

    [Fact]
    public async Task Spans_OfOneTrace_HaveEventsAttributesAndResource()
    {
        using var client = await clickHouse.NewSchemaAsync();
        await FillAsync(new(client, TimeProvider.System));

        var spans = await new TelemetryQueries(client).Traces.SpansAsync(Id(2).ToString());

        Assert.Equal(["GET /", "Charge"], spans.Select(s => s.Name));
        var charge = spans[1];
        Assert.Equal(spans[0].SpanId, charge.ParentSpanId);
        Assert.Equal(("payment", "v2", "Client", "Error", "card declined"), (charge.Service, charge.Version, charge.Kind, charge.Status, charge.StatusMessage));
        Assert.Equal("it's \\ me", charge.Attribute("user.id"));
        Assert.Equal(Nanos(2.1), charge.StartUnixNano);
        var exception = Assert.Single(charge.Events);
        Assert.Equal(("exception", Nanos(2.15)), (exception.Name, exception.TimeUnixNano));
        Assert.Equal("503", Assert.Single(exception.Attributes).Value);
    }

    [Fact]
    public async Task Spans_UnknownTrace_None()
    {
        using var client = await clickHouse.NewSchemaAsync();

        Assert.Empty(await new TelemetryQueries(client).Traces.SpansAsync("0123456789abcdef0123456789abcdef"));
    }

    [Fact]
    public async Task Heatmap_CountsKeptAndEstimated()
    {
        using var client = await clickHouse.NewSchemaAsync();
        await FillAsync(new(client, TimeProvider.System));

        var cells = await new TelemetryQueries(client).Traces.HeatmapAsync(new(Hour));

        Assert.Equal(4, cells.Sum(c => c.Kept));
        Assert.Equal(1 + 1 + 1 + 10, cells.Sum(c => c.Estimated), 1e-9);
        Assert.Equal(1, cells.Sum(c => c.Errors));
        Assert.All(cells, c => Assert.InRange(c.LowerMillis, 100, 400));
    }

    [Fact]
    public async Task ByReason_WeightsAndTheirError()
    {
        using var client = await clickHouse.NewSchemaAsync();
        await FillAsync(new(client, TimeProvider.System));
        var sampling = new TelemetryQueries(client).Sampling;

        var reasons = await sampling.ByReasonAsync(Hour);
        var operations = await sampling.ByOperationAsync(Hour);
        var tables = await sampling.TablesAsync();

        Assert.Equal(["baseline", "errors", "slow"], reasons.Select(r => r.Key).Order());
        var baseline = reasons.Single(r => r.Key == "baseline");
        Assert.Equal((2, 11.0), (baseline.Kept, baseline.Estimated));
        Assert.Equal(Math.Sqrt(90), baseline.EstimatedError, 1e-9);
        Assert.Equal(4, operations.Sum(o => o.Kept));
        Assert.Contains(tables, t => t is { Table: "mesh_traces", Rows: 4, DiskBytes: > 0 });
    }

    private static async Task FillAsync(TelemetryStore store)
    {
        await store.InsertTracesAsync(
        [
            Row(1, 1, 400, 0, "shop", "GET /"),
            Row(2, 2, 500, 1, "shop", "GET /") with
            {
                Services = ["shop", "payment"],
                Versions = [TraceRow.ServiceVersion("shop", "v1"), TraceRow.ServiceVersion("payment", "v2")],
                Operations = [TraceRow.ServiceOperation("payment", "Charge")],
                SamplingReason = "errors",
            },
            Row(3, 3, 200, 0, "shop", "GET /slow") with { AnomalyScore = 7, SuspectedService = "payment", SamplingReason = "slow" },
            Row(4, 4, 150, 0, "payment", "Refund") with { SamplingProbability = 0.1 },
        ]);

        var batch = new SpanBatch();
        int first = batch.Attributes.Count;
        batch.Attributes.AddText("service.name", "payment");
        batch.Attributes.AddText("service.version", "v2");
        int payment = batch.AddResource(first);
        first = batch.Attributes.Count;
        batch.Attributes.AddText("service.name", "shop");
        batch.Attributes.AddText("service.version", "v7");
        int shop = batch.AddResource(first);
        batch.Scopes.Add(default);
        int root = batch.Symbols.Add("GET /"u8);
        foreach (int trace in new[] { 1, 2 })
        {
            batch.Add(
                Id(trace), new((ulong)trace), default, Nanos(trace), 500_000_000, root, SpanKind.Server, SpanStatus.Unset, default, default, 1, trace == 1 ? shop : payment, 0, default);
        }

        first = batch.Attributes.Count;
        batch.Attributes.AddInt("http.response.status_code"u8, 503);
        batch.Events.Add(new(Nanos(2.15), batch.Symbols.Add("exception"u8), new(first, 1)));
        first = batch.Attributes.Count;
        batch.Attributes.AddText("user.id", "it's \\ me");
        batch.Add(
            Id(2), new(20), new(2), Nanos(2.1), 90_000_000, batch.Symbols.Add("Charge"u8), SpanKind.Client, SpanStatus.Error, batch.Text.Add("card declined"u8), default, 1,
            payment, 0, new(first, 1), new(0, 1));
        await store.InsertSpansAsync(batch, null);
    }

    private static TraceRow Row(int id, double second, int millis, int errors, string service, string operation) => new(
        Id(id), Nanos(second), millis * 1_000_000L, service, operation, [service], [TraceRow.ServiceVersion(service, "v1")],
        [TraceRow.ServiceOperation(service, operation)], 2, errors, 0, "", 1, "baseline");
}
