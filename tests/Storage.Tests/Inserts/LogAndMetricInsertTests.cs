using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Storage.Tests.Inserts;

[Collection(UsesClickHouse.Name)]
public sealed class LogAndMetricInsertTests(ClickHouse clickHouse)
{
    private const long Time = 1_790_000_000_000_000_001;

    [Fact]
    public async Task InsertLogs_EveryField_ComesBackTheSame()
    {
        using var client = await clickHouse.NewSchemaAsync();
        var logs = new LogBatch();
        AddResourceAndScope(logs);
        int first = logs.Attributes.Count;
        logs.Attributes.AddInt("count"u8, 3);
        var attributes = new RowRange(first, 1);
        logs.Logs.Add(new(
            Time, Time + 5, new(1, 2), new(3), 1, 17, logs.Symbols.Add("ERROR"u8), logs.Text.Add("it's\nbroken\t\\"u8), logs.Symbols.Add("cart.failed"u8), 0, 0, attributes));
        logs.Logs.Add(new(0, Time + 7, default, default, 0, 0, 0, default, 0, 0, 0, default));

        await new TelemetryStore(client, TimeProvider.System).InsertLogsAsync(logs);

        var rows = await client.ReadAsync(
            "SELECT Timestamp, TraceId, SpanId, TraceFlags, SeverityText, SeverityNumber, ServiceName, Body, ResourceSchemaUrl, ResourceAttributes, ScopeSchemaUrl, "
            + "ScopeName, ScopeVersion, ScopeAttributes, LogAttributes, EventName, TimestampTime FROM otel_logs ORDER BY Timestamp",
            r => string.Join('|',
            [
                r.UnixNanos(0), r.Text(1), r.Text(2), r.Int(3), r.Text(4), r.Int(5), r.Text(6), r.Text(7), r.Text(8), Pairs(r.Map(9)), r.Text(10), r.Text(11),
                r.Text(12), Pairs(r.Map(13)), Pairs(r.Map(14)), r.Text(15), r.UnixNanos(16),
            ]));
        const string Rest = "http://resource|service.name=cart|http://scope|lib|2.0|scope.key=true";
        Assert.Equal(
            [
                $"{Time}|00000000000000010000000000000002|0000000000000003|1|ERROR|17|cart|it's\nbroken\t\\|{Rest}|count=3|cart.failed|1790000000000000000",
                $"{Time + 7}|||0||0|cart||{Rest}|||1790000000000000000",
            ],
            rows);
        var found = await new TelemetryQueries(client).Logs.OfTraceAsync("00000000000000010000000000000002");
        Assert.Equal("it's\nbroken\t\\", Assert.Single(found).Body);
        var at = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);
        var searched = await new TelemetryQueries(client).Logs.SearchAsync(new(new(at, at.AddHours(1)), "cart", 17, "BROKEN"));
        Assert.Equal("ERROR", Assert.Single(searched).Severity);
    }

    [Fact]
    public async Task InsertMetrics_EveryKind_ComesBackTheSame()
    {
        using var client = await clickHouse.NewSchemaAsync();
        var metrics = AllKinds();

        await new TelemetryStore(client, TimeProvider.System).InsertMetricsAsync(metrics);

        const string Common =
            "ServiceName, MetricName, MetricDescription, MetricUnit, Attributes, StartTimeUnix, TimeUnix, Flags, ResourceAttributes, ScopeName, ScopeVersion, ScopeAttributes";
        async Task<string> Row(string table, string more, Func<Storage.Client.ClickHouseReader, string> read)
        {
            var rows = await client.ReadAsync(
                $"SELECT {Common}, {more} FROM otel_metrics_{table} ORDER BY MetricName",
                r =>
                {
                    Assert.Equal(("cart", "about", "ms"), (r.Text(0), r.Text(2), r.Text(3)));
                    Assert.Equal((Time - 10, Time, 1L), (r.UnixNanos(5), r.UnixNanos(6), r.Int(7)));
                    Assert.Equal(("service.name=cart", "lib", "2.0", "scope.key=true"), (Pairs(r.Map(8)), r.Text(9), r.Text(10), Pairs(r.Map(11))));
                    return $"{r.Text(1)} {Pairs(r.Map(4))} {read(r)}";
                });
            return Assert.Single(rows);
        }

        const string Exemplars = "Exemplars.FilteredAttributes, Exemplars.TimeUnix, Exemplars.Value, Exemplars.SpanId, Exemplars.TraceId";
        Assert.Equal("gauge point=0 7.5 |||| ", await Row("gauge", $"Value, {Exemplars}", r => $"{r.Double(12)} {Exemplar(r, 13)} "));
        Assert.Equal(
            "sum point=1 42 |||| 2 1",
            await Row("sum", $"Value, {Exemplars}, AggregationTemporality, IsMonotonic", r => $"{r.Double(12)} {Exemplar(r, 13)} {r.Int(18)} {r.Int(19)}"));
        Assert.Equal(
            "histogram point=2 6 12.5 1,2,3 10,20 0 9 2 key=v|1790000000000000000|3.5|0000000000000009|00000000000000070000000000000008",
            await Row(
                "histogram",
                $"Count, Sum, BucketCounts, ExplicitBounds, Min, Max, AggregationTemporality, {Exemplars}",
                r => $"{r.Int(12)} {r.Double(13)} {string.Join(',', r.Ints(14))} {string.Join(',', r.Doubles(15))} {r.Double(16)} {r.Double(17)} {r.Int(18)} {Exemplar(r, 19)}"));
        Assert.Equal(
            "exponential point=3 5 9.5 3 2 -1 1,2 4 3 1",
            await Row(
                "exp_histogram",
                "Count, Sum, Scale, ZeroCount, PositiveOffset, PositiveBucketCounts, NegativeOffset, NegativeBucketCounts, AggregationTemporality",
                r => $"{r.Int(12)} {r.Double(13)} {r.Int(14)} {r.Int(15)} {r.Int(16)} {string.Join(',', r.Ints(17))} {r.Int(18)} {string.Join(',', r.Ints(19))} {r.Int(20)}"));
        Assert.Equal(
            "summary point=4 8 16 0.5,0.99 3,7",
            await Row(
                "summary",
                "Count, Sum, ValueAtQuantiles.Quantile, ValueAtQuantiles.Value",
                r => $"{r.Int(12)} {r.Double(13)} {string.Join(',', r.Doubles(14))} {string.Join(',', r.Doubles(15))}"));
    }

    private static MetricBatch AllKinds()
    {
        var metrics = new MetricBatch();
        AddResourceAndScope(metrics);
        PointRow Point(string name, MetricKind kind, Temporality temporality, RowRange exemplars = default)
        {
            int attribute = metrics.Attributes.Count;
            metrics.Attributes.AddInt("point"u8, metrics.Metrics.Count);
            metrics.Metrics.Add(new(
                metrics.Symbols.Add(name), metrics.Symbols.Add("about"u8), metrics.Symbols.Add("ms"u8), kind, temporality, kind == MetricKind.Sum, 0, 0));
            return new(metrics.Metrics.Count - 1, Time - 10, Time, 1, new(attribute, 1), exemplars);
        }

        metrics.Doubles.Add(10);
        metrics.Doubles.Add(20);
        metrics.Doubles.Add(0);
        metrics.Doubles.AddRange([0.5, 3, 0.99, 7]);
        metrics.Counts.AddRange([1, 2, 3, 1, 2, 3]);
        metrics.Numbers.Add(new(Point("gauge", MetricKind.Gauge, Temporality.Unspecified), false, 0, 7.5));
        metrics.Numbers.Add(new(Point("sum", MetricKind.Sum, Temporality.Cumulative), true, 42, 0));
        int key = metrics.Attributes.Count;
        metrics.Attributes.AddText("key", "v");
        metrics.Exemplars.Add(new(1_790_000_000_000_000_000, 3.5, new(7, 8), new(9), new(key, 1)));
        metrics.Histograms.Add(new(Point("histogram", MetricKind.Histogram, Temporality.Cumulative, new(0, 1)), 6, 12.5, double.NaN, 9, new(0, 3), new(0, 2)));
        metrics.ExponentialHistograms.Add(new(
            Point("exponential", MetricKind.ExponentialHistogram, Temporality.Delta), 5, 9.5, double.NaN, double.NaN, 3, 2, 0, -1, new(3, 2), 4, new(5, 1)));
        metrics.Summaries.Add(new(Point("summary", MetricKind.Summary, Temporality.Unspecified), 8, 16, new(3, 4)));
        return metrics;
    }

    private static void AddResourceAndScope(TelemetryBatch batch)
    {
        int first = batch.Attributes.Count;
        batch.Attributes.AddText("service.name", "cart");
        batch.AddResource(first, batch.Symbols.Add("http://resource"u8));
        first = batch.Attributes.Count;
        batch.Attributes.AddBool(batch.Symbols.Add("scope.key"u8), true);
        batch.Scopes.Add(new(batch.Symbols.Add("lib"u8), batch.Symbols.Add("2.0"u8), new(first, 1), batch.Symbols.Add("http://scope"u8)));
    }

    private static string Exemplar(Storage.Client.ClickHouseReader r, int column) => string.Join('|',
    [
        string.Join(';', r.Maps(column).Select(Pairs)), string.Join(',', r.Times(column + 1)), string.Join(',', r.Doubles(column + 2)),
        string.Join(',', r.Texts(column + 3)), string.Join(',', r.Texts(column + 4)),
    ]);

    private static string Pairs(IEnumerable<KeyValuePair<string, string>> pairs) => string.Join(',', pairs.Select(p => $"{p.Key}={p.Value}"));
}
