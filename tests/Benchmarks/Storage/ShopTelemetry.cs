using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Inserts;
using MeshInsight.Storage.Records;

namespace MeshInsight.Benchmarks.Storage;

/// <summary>What a shop of twelve services sends: traces of eight spans with the attributes that sidecars write, and the counters that go with them.</summary>
internal sealed class ShopTelemetry(int seed, DateTimeOffset start, TimeSpan length)
{
    public const int SpansPerTrace = 8;

    private static readonly string[] Services =
        ["gateway", "shop", "cart", "checkout", "payment", "inventory", "shipping", "catalog", "search", "users", "email", "ledger"];

    private readonly Random _random = new(seed);

    /// <summary>Fills the batch with whole traces and returns their rows for <c>mesh_traces</c>.</summary>
    public List<TraceRow> Fill(SpanBatch batch, SpanScores scores, int spans)
    {
        batch.Clear();
        scores.Clear();
        int[] resources = [.. Services.SelectMany(service => Enumerable.Range(0, 3).Select(instance => Resource(batch, service, instance)))];
        batch.Scopes.Add(new(batch.Symbols.Add(MeshAttributes.ProxyScope), batch.Symbols.Add("0.1.0"), default, 0));
        List<TraceRow> traces = [];
        while (batch.Count < spans)
        {
            traces.Add(AddTrace(batch, scores, resources));
        }

        return traces;
    }

    /// <summary>One second of every operation of every instance, and of every edge from both sides.</summary>
    public (List<RedRow> Red, List<EdgeRow> Edges) Second(int second)
    {
        long at = start.ToUnixTimeSeconds() + second;
        List<RedRow> red = [];
        List<EdgeRow> edges = [];
        for (int service = 0; service < Services.Length; service++)
        {
            for (int instance = 0; instance < 3; instance++)
            {
                for (int operation = 0; operation < 3; operation++)
                {
                    red.Add(new(at, Services[service], Version(instance), $"{Services[service]}-{instance}", Operation(operation), 10, (ulong)_random.Next(2), Sketch(10)));
                }
            }

            for (int peer = service + 1; peer < Math.Min(service + 4, Services.Length); peer++)
            {
                edges.Add(new(at, EdgeSide.Client, Services[service], "v1", Services[peer], Version(second % 3), "http", 20, (ulong)_random.Next(2), Sketch(20)));
                edges.Add(new(at, EdgeSide.Server, Services[service], "v1", Services[peer], Version(second % 3), "http", 20, (ulong)_random.Next(2), Sketch(20)));
            }
        }

        return (red, edges);
    }

    private static string Version(int instance) => instance == 0 ? "v2" : "v1";

    private static string Operation(int operation) => $"GET /api/resource{operation}/{{id}}";

    private static int Resource(SpanBatch batch, string service, int instance)
    {
        int first = batch.Attributes.Count;
        batch.Attributes.AddText("service.name", service);
        batch.Attributes.AddText("service.version", Version(instance));
        batch.Attributes.AddText("service.instance.id", $"{service}-{instance}");
        batch.Attributes.AddText("host.name", $"node-{instance}");
        batch.Attributes.AddText("telemetry.sdk.language", "dotnet");
        return batch.AddResource(first);
    }

    private TraceRow AddTrace(SpanBatch batch, SpanScores scores, int[] resources)
    {
        var id = new TraceId((ulong)_random.NextInt64(), (ulong)_random.NextInt64(1, long.MaxValue));
        long begin = (start.ToUnixTimeMilliseconds() * 1_000_000) + (long)(_random.NextDouble() * length.TotalNanoseconds);
        long duration = (long)(Math.Exp(_random.NextDouble() * 6) * 1_000_000);
        bool failed = _random.Next(50) == 0;
        int service = _random.Next(4);
        SpanId parent = default;
        List<string> services = [];
        List<string> operations = [];
        for (int i = 0; i < SpansPerTrace; i++)
        {
            var span = new SpanId((ulong)_random.NextInt64(1, long.MaxValue));
            bool client = i % 2 == 1;
            int operation = _random.Next(3);
            AddSpan(batch, id, span, parent, begin + (i * duration / 20), duration * (20 - i) / 20, resources[(service * 3) + _random.Next(3)], operation, client, failed && i > 5);
            scores.Add(failed ? 5 : 0, failed ? "payment"u8 : ""u8, failed ? 1 : 0.1, failed ? "errors"u8 : "baseline"u8);
            services.Add(Services[service]);
            operations.Add(TraceRow.ServiceOperation(Services[service], Operation(operation)));
            parent = span;
            service = client ? Math.Min(Services.Length - 1, service + 1 + _random.Next(3)) : service;
        }

        return new(
            id,
            begin,
            duration,
            services[0],
            Operation(0),
            [.. services.Distinct()],
            [.. services.Distinct().Select(s => TraceRow.ServiceVersion(s, "v1"))],
            [.. operations.Distinct()],
            SpansPerTrace,
            failed ? 2 : 0,
            failed ? 5 : 0,
            failed ? "payment" : "",
            failed ? 1 : 0.1,
            failed ? "errors" : "baseline");
    }

    private void AddSpan(SpanBatch batch, TraceId id, SpanId span, SpanId parent, long begin, long duration, int resource, int operation, bool client, bool failed)
    {
        int first = batch.Attributes.Count;
        batch.Attributes.AddText("http.request.method", "GET");
        batch.Attributes.AddText("http.route", $"/api/resource{operation}/{{id}}");
        batch.Attributes.AddInt("http.response.status_code"u8, failed ? 503 : 200);
        batch.Attributes.AddText("url.path", $"/api/resource{operation}/{_random.Next(100_000)}");
        batch.Attributes.AddText("server.address", "127.0.0.1");
        batch.Attributes.AddInt("server.port"u8, 8080);
        batch.Attributes.AddText(MeshAttributes.Route, "default");
        batch.Attributes.AddText("user_agent.original", "meshinsight-load/1.0");
        var attributes = new RowRange(first, batch.Attributes.Count - first);
        int events = batch.Events.Count;
        if (failed)
        {
            first = batch.Attributes.Count;
            batch.Attributes.AddText("exception.message", "upstream connect error");
            batch.Events.Add(new(begin + 1000, batch.Symbols.Add("exception"), new(first, 1)));
        }

        batch.Add(
            id,
            span,
            parent,
            begin,
            duration,
            batch.Symbols.Add(Operation(operation)),
            client ? SpanKind.Client : SpanKind.Server,
            failed ? SpanStatus.Error : SpanStatus.Unset,
            default,
            batch.Text.Add("ot=th:e6666"u8),
            1,
            resource,
            0,
            attributes,
            new(events, batch.Events.Count - events));
    }

    private LatencySketch Sketch(int count)
    {
        var sketch = new LatencySketch();
        for (int i = 0; i < count; i++)
        {
            sketch.Add((long)(Math.Exp(_random.NextDouble() * 5) * 500_000));
        }

        return sketch;
    }
}
