using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Client;
using MeshInsight.Storage.Inserts;

namespace MeshInsight.Storage.Tests.Inserts;

[Collection(UsesClickHouse.Name)]
public sealed class SpanInsertTests(ClickHouse clickHouse)
{
    private const string Columns =
        "Timestamp, TraceId, SpanId, ParentSpanId, TraceState, SpanName, SpanKind, ServiceName, ResourceAttributes, ScopeName, ScopeVersion, "
        + "SpanAttributes, Duration, StatusCode, StatusMessage, Events.Timestamp, Events.Name, Events.Attributes, "
        + "Links.TraceId, Links.SpanId, Links.TraceState, Links.Attributes, AnomalyScore, SuspectedService, SamplingProbability, SamplingReason";

    [Fact]
    public async Task InsertSpans_EveryKindOfValue_ComesBackTheSame()
    {
        using var client = await clickHouse.NewSchemaAsync();
        var store = new TelemetryStore(client, TimeProvider.System);
        var spans = SampleSpans.Random(new Random(7), 3000);
        var scores = new SpanScores();
        for (int i = 0; i < spans.Count; i++)
        {
            scores.Add(i / 8f, i % 2 == 0 ? "payment"u8 : ""u8, 1.0 / (1 + (i % 4)), "errors"u8);
        }

        await store.InsertSpansAsync(spans, scores);

        var stored = await client.ReadAsync($"SELECT {Columns} FROM otel_traces", Describe);
        var expected = Enumerable.Range(0, spans.Count).Select(row => Describe(spans, row, scores)).Order(StringComparer.Ordinal);
        Assert.Equal(expected, stored.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task InsertSpans_WithoutScores_ProbabilityComesFromTraceState()
    {
        using var client = await clickHouse.NewSchemaAsync();
        var batch = new SpanBatch();
        var random = new Random(1);
        int resource = SampleSpans.Resource(batch, "a", "v1", random);
        batch.Scopes.Add(default);
        foreach (string state in new[] { "", "ot=th:c", "other=1,ot=rv:00000000000001;th:8", "ot=th:fd70a4", "ot=th:0", "xot=th:8" })
        {
            batch.Add(
                new(1, SampleSpans.Id(random)), new(1), default, SampleSpans.Time(random), 1, 0, SpanKind.Server, SpanStatus.Unset, default, batch.Text.Add(state), 0, resource, 0, default);
        }

        await new TelemetryStore(client, TimeProvider.System).InsertSpansAsync(batch, null);

        var rows = await client.ReadAsync(
            "SELECT TraceState, SamplingProbability, SampleWeight FROM otel_traces",
            r => (State: r.Text(0), Probability: r.Double(1), Weight: r.Double(2)));
        var probabilities = rows.ToDictionary(r => r.State, r => r.Probability);
        Assert.Equal(1, probabilities[""]);
        Assert.Equal(0.25, probabilities["ot=th:c"]);
        Assert.Equal(0.5, probabilities["other=1,ot=rv:00000000000001;th:8"]);
        Assert.Equal(0.01, probabilities["ot=th:fd70a4"], 1e-7);
        Assert.Equal(1, probabilities["ot=th:0"]);
        Assert.Equal(1, probabilities["xot=th:8"]);
        Assert.All(rows, r => Assert.Equal(1, r.Probability * r.Weight, 1e-12));
    }

    [Fact]
    public async Task InsertSpans_Gzipped_ComesBackTheSame()
    {
        using var made = await clickHouse.NewSchemaAsync();
        using var client = new ClickHouseClient(made.Options with { CompressInserts = true });
        var spans = SampleSpans.Random(new Random(3), 500);

        await new TelemetryStore(client, TimeProvider.System).InsertSpansAsync(spans, null);

        Assert.Equal(500, await client.CountAsync("otel_traces"));
    }

    [Fact]
    public async Task InsertSpans_SameTokenTwice_StoredOnce()
    {
        using var client = await clickHouse.NewSchemaAsync();
        var store = new TelemetryStore(client, TimeProvider.System);
        var spans = SampleSpans.Random(new Random(3), 50);

        await store.InsertSpansAsync(spans, null, "batch-1");
        await store.InsertSpansAsync(spans, null, "batch-1");
        await store.InsertSpansAsync(spans, null, "batch-2");

        Assert.Equal(100, await client.CountAsync("otel_traces"));
    }

    [Fact]
    public async Task InsertSpans_TimesOfAPeerWithABrokenClock_DoNotStopTheBatch()
    {
        using var client = await clickHouse.NewSchemaAsync();
        var batch = SampleSpans.Plain(200);
        long[] strange = [long.MinValue, -1, 0, long.MaxValue];
        for (int row = 0; row < batch.Count; row++)
        {
            batch.StartUnixNanos[row] = row < strange.Length ? strange[row] : batch.StartUnixNanos[row] - (row * 86_400_000_000_000L);
        }

        await new TelemetryStore(client, TimeProvider.System).InsertSpansAsync(batch, null);

        Assert.InRange(await client.CountAsync("otel_traces"), 196, 200);
    }

    [Fact]
    public async Task Spans_WrittenToAFile_CanBeInsertedLater()
    {
        using var client = await clickHouse.NewSchemaAsync();
        var insert = TelemetryStore.Spans(SampleSpans.Random(new Random(5), 200), null);
        using var spool = new MemoryStream();
        await insert.WriteAsync(spool, default);

        var later = new TableInsert(insert.Table, insert.Columns, insert.Rows, (stream, cancel) => new MemoryStream(spool.ToArray()).CopyToAsync(stream, cancel));
        await client.InsertAsync(later);

        Assert.Equal(200, await client.CountAsync("otel_traces"));
    }

    private static string Describe(ClickHouseReader r) => string.Join('|',
    [
        r.UnixNanos(0), r.Text(1), r.Text(2), r.Text(3), r.Text(4), r.Text(5), r.Text(6), r.Text(7), Pairs(r.Map(8)), r.Text(9), r.Text(10), Pairs(r.Map(11)),
        r.Int(12), r.Text(13), r.Text(14), string.Join(',', r.Times(15)), string.Join(',', r.Texts(16)), string.Join(';', r.Maps(17).Select(Pairs)),
        string.Join(',', r.Texts(18)), string.Join(',', r.Texts(19)), string.Join(',', r.Texts(20)), string.Join(';', r.Maps(21).Select(Pairs)),
        (float)r.Double(22), r.Text(23), r.Double(24), r.Text(25),
    ]);

    private static string Describe(SpanBatch b, int row, SpanScores scores)
    {
        var resource = b[row].Resource;
        var events = b.Events.Span.Slice(b.EventRows[row].Start, b.EventRows[row].Count).ToArray();
        var links = b.Links.Span.Slice(b.LinkRows[row].Start, b.LinkRows[row].Count).ToArray();
        return string.Join('|',
        [
            b.StartUnixNanos[row], b.TraceIds[row], b.SpanIds[row], b.ParentIds[row].IsEmpty ? "" : b.ParentIds[row], b.Text.GetString(b.TraceStates[row]),
            b.Symbols.GetString(b.Names[row]), b.Kinds[row], b.Symbols.GetString(resource.ServiceName), Pairs(b, resource.Attributes), "MeshInsight.Proxy", "1.0",
            Pairs(b, b.AttributeRows[row]), b.DurationNanos[row], b.Statuses[row], b.Text.GetString(b.StatusMessages[row]),
            string.Join(',', events.Select(e => e.TimeUnixNano)), string.Join(',', events.Select(e => b.Symbols.GetString(e.Name))),
            string.Join(';', events.Select(e => Pairs(b, e.Attributes))), string.Join(',', links.Select(l => l.TraceId)),
            string.Join(',', links.Select(l => l.SpanId)), string.Join(',', links.Select(l => b.Text.GetString(l.TraceState))),
            string.Join(';', links.Select(l => Pairs(b, l.Attributes))), row / 8f, row % 2 == 0 ? "payment" : "", 1.0 / (1 + (row % 4)), "errors",
        ]);
    }

    private static string Pairs(IEnumerable<KeyValuePair<string, string>> pairs) => string.Join(',', pairs.Select(p => $"{p.Key}={p.Value}"));

    private static string Pairs(TelemetryBatch batch, RowRange rows) =>
        string.Join(',', Enumerable.Range(rows.Start, rows.Count).Select(row => $"{batch.Symbols.GetString(batch.Attributes.Key(row))}={batch.Attributes.GetString(row)}"));
}
