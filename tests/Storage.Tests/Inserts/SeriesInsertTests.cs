using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Records;

namespace MeshInsight.Storage.Tests.Inserts;

[Collection(UsesClickHouse.Name)]
public sealed class SeriesInsertTests(ClickHouse clickHouse)
{
    private const long Second = 1_790_000_003;

    [Theory]
    [InlineData("mesh_red")]
    [InlineData("mesh_red_10s")]
    [InlineData("mesh_red_1m")]
    public async Task InsertRed_SameTokenTwice_CountedOnceInEveryRollUp(string table)
    {
        using var client = await clickHouse.NewSchemaAsync();
        var store = new TelemetryStore(client, TimeProvider.System);

        await store.InsertRedAsync([Row(0), Row(1)], "a");
        await store.InsertRedAsync([Row(0), Row(1)], "a");
        await store.InsertRedAsync([Row(0)], "b");

        var sums = await client.ReadAsync($"SELECT sum(Requests), sum(Errors), sum(LatencySumMicros) FROM {table}", r => (r.Int(0), r.Int(1), r.Double(2)));
        Assert.Equal((15, 3, 3 * 5 * 2000.0), sums[0]);
    }

    [Fact]
    public async Task InsertRed_SketchOfManyBuckets_ComesBackTheSame()
    {
        using var client = await clickHouse.NewSchemaAsync();
        var sketch = new LatencySketch();
        var random = new Random(4);
        for (int i = 0; i < 5000; i++)
        {
            sketch.Add((long)(Math.Exp(random.NextDouble() * 20) * 100));
        }

        await new TelemetryStore(client, TimeProvider.System).InsertRedAsync([new(Second, "a", "v1", "a-0", "GET", 5000, 0, sketch)]);

        var back = (await client.ReadAsync("SELECT LatencyBucket, LatencyCount, LatencySumMicros FROM mesh_red", r => (Sketch: r.Sketch(0, 1), Sum: r.Double(2))))[0];
        Assert.Equal(sketch.Buckets.ToArray().Where(c => c > 0), back.Sketch.Buckets.ToArray().Where(c => c > 0));
        Assert.Equal(sketch.QuantileMicros(0.99), back.Sketch.QuantileMicros(0.99));
        Assert.Equal(sketch.SumMicros, back.Sum, sketch.SumMicros * 1e-12);
    }

    [Fact]
    public async Task InsertTraces_EveryColumn_ComesBackTheSame()
    {
        using var client = await clickHouse.NewSchemaAsync();
        var row = new TraceRow(new(1, 2), 1_790_000_000_123_456_789, 5_000_001, "cart", "GET /", ["cart", "db"], ["cart@v1"], ["cart:GET /", "db:SELECT"], 4, 2, 1.5f, "db", 0.25, "errors");

        await new TelemetryStore(client, TimeProvider.System).InsertTracesAsync([row]);

        var back = await client.ReadAsync(
            "SELECT TraceId, Start, Duration, RootService, RootOperation, Services, Versions, Operations, SpanCount, ErrorCount, AnomalyScore, SuspectedService, "
            + "SamplingProbability, SamplingReason, SampleWeight FROM mesh_traces",
            r => string.Join('|',
            [
                r.Text(0), r.UnixNanos(1), r.Int(2), r.Text(3), r.Text(4), string.Join(',', r.Texts(5)), string.Join(',', r.Texts(6)), string.Join(',', r.Texts(7)),
                r.Int(8), r.Int(9), r.Double(10), r.Text(11), r.Double(12), r.Text(13), r.Double(14),
            ]));
        Assert.Equal(
            "00000000000000010000000000000002|1790000000123456789|5000001|cart|GET /|cart,db|cart@v1|cart:GET /,db:SELECT|4|2|1.5|db|0.25|errors|4",
            Assert.Single(back));
    }

    [Fact]
    public async Task Insert_NoRows_SendsNothing()
    {
        using var client = await clickHouse.NewSchemaAsync();
        var store = new TelemetryStore(client, TimeProvider.System);

        await store.InsertRedAsync([]);
        await store.InsertSpansAsync(new SpanBatch(), null);
        await store.InsertMetricsAsync(new MetricBatch());
        await store.InsertFindingsAsync([]);

        Assert.Equal(0, await client.CountAsync("mesh_red"));
    }

    private static RedRow Row(int second)
    {
        var sketch = new LatencySketch();
        for (int i = 0; i < 5; i++)
        {
            sketch.Add(2_000_000);
        }

        return new(Second + second, "checkout", "v1", "checkout-0", "POST /pay", 5, 1, sketch);
    }
}
