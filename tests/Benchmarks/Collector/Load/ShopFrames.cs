using System.Buffers;
using System.Globalization;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Benchmarks.Collector.Load;

/// <summary>
/// Requests as a node's agent sends them: traces of ten spans that go through several of eight services (a SERVER root, four calls of two spans, a query), each
/// service a resource of its own; ten attributes a span, seven a resource. Nothing fails.
/// </summary>
internal static class ShopFrames
{
    public const int SpansPerTrace = 10;

    private const int PathTypes = 12;

    private static readonly string[] s_services = ["frontend", "cart", "checkout", "payment", "catalog", "shipping", "recommendation", "email"];
    private static readonly string[] s_routes = ["/", "/api/cart/{id}", "/api/checkout", "/api/payments", "/api/products/{id}/reviews", "/api/quotes/{id}", "/api/recommendations", "/api/mails"];
    private static readonly string[] s_methods = ["GET", "GET", "POST", "POST", "GET", "GET", "GET", "PUT"];

    /// <param name="spans">A multiple of <see cref="SpansPerTrace"/> is taken, at least one trace.</param>
    /// <param name="seed">Frames of one seed are alike.</param>
    public static LoadFrame Make(int spans, int seed)
    {
        var random = new Random(seed);
        var drafts = Enumerable.Range(0, Math.Max(1, spans / SpansPerTrace)).SelectMany(trace => Trace(trace, random)).ToArray();

        // A request holds each resource once.
        int[] order = [.. Enumerable.Range(0, drafts.Length).OrderBy(index => drafts[index].Service)];
        int[] rows = new int[drafts.Length];
        for (int row = 0; row < order.Length; row++)
        {
            rows[order[row]] = row;
        }

        var batch = new SpanBatch();
        foreach (string service in s_services)
        {
            AddResource(batch, service);
        }

        foreach (int index in order)
        {
            Add(batch, drafts[index], drafts[index].Parent < 0 ? default : drafts[drafts[index].Parent].Id, random);
        }

        (int, int)[] owners = [.. order.Select(index => (drafts[index].Trace, drafts[index].Parent < 0 ? -1 : rows[drafts[index].Parent]))];
        var frame = LoadFrame.Of(batch, owners, (ulong)seed);
        Check(frame);
        return frame;
    }

    // What is called how is the same for all traces of a type; how long it takes is not.
    private static List<Draft> Trace(int number, Random random)
    {
        var shape = new Random(random.Next(PathTypes));
        var id = new TraceId((ulong)random.NextInt64(), (ulong)random.NextInt64() | 1);
        int first = number * SpansPerTrace;
        long end = LoadFrame.MadeAtUnixNano - random.NextInt64(1_000_000);
        long duration = (long)(20e6 * Math.Exp(random.NextDouble()));
        var root = new Draft(number, -1, id, NewId(random), 0, 0, SpanKind.Server, end - duration, duration);
        var spans = new List<Draft> { root };
        var callers = new List<int> { 0 };
        for (int call = 0; call < 4; call++)
        {
            int caller = callers[shape.Next(callers.Count)];
            int callee = 1 + shape.Next(s_services.Length - 1);
            var outer = spans[caller];
            duration = outer.Duration * 3 / 4;
            spans.Add(new(number, first + caller, id, NewId(random), outer.Callee, callee, SpanKind.Client, outer.Start + random.Next(100_000), duration));
            spans.Add(new(number, first + spans.Count - 1, id, NewId(random), callee, callee, SpanKind.Server, spans[^1].Start + random.Next(100_000), duration - 300_000));
            callers.Add(spans.Count - 1);
        }

        var last = spans[^1];
        spans.Add(new(number, first + spans.Count - 1, id, NewId(random), last.Service, Draft.Database, SpanKind.Client, last.Start + random.Next(50_000), last.Duration / 2));
        return spans;
    }

    private static SpanId NewId(Random random) => new((ulong)random.NextInt64() | 1);

    private static void AddResource(SpanBatch batch, string service)
    {
        var attributes = batch.Attributes;
        int first = attributes.Count;
        attributes.AddText("service.name", service);
        attributes.AddText("service.version", "1.2.3");
        attributes.AddText("service.namespace", "shop");
        attributes.AddText("service.instance.id", service + "-7d9c5b6f4-x2k7p");
        attributes.AddText("k8s.node.name", "node-3");
        attributes.AddText("telemetry.sdk.language", "dotnet");
        attributes.AddText("deployment.environment.name", "production");
        batch.AddResource(first);
        batch.Scopes.Add(new(batch.Symbols.Add(service + ".instrumentation"), batch.Symbols.Add("1.4.0"), default, 0));
    }

    private static void Add(SpanBatch batch, in Draft span, SpanId parent, Random random)
    {
        int first = batch.Attributes.Count;
        string name = span.Callee == Draft.Database ? AddQuery(batch.Attributes, s_services[span.Service], random) : AddCall(batch.Attributes, span, random);
        batch.Add(
            span.TraceId,
            span.Id,
            parent,
            span.Start,
            span.Duration,
            batch.Symbols.Add(name),
            span.Kind,
            SpanStatus.Unset,
            default,
            default,
            257,
            span.Service,
            span.Service,
            batch.Attributes.From(first));
    }

    private static string AddCall(AttributeTable attributes, in Draft span, Random random)
    {
        bool isServer = span.Kind == SpanKind.Server;
        string callee = s_services[span.Callee];
        string method = s_methods[span.Callee];
        string route = s_routes[span.Callee];
        string path = route.Replace("{id}", random.Next(1, 100_000).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        string host = callee + ".shop.svc.cluster.local";
        attributes.AddText("http.request.method", method);
        attributes.AddText("http.route", route);
        attributes.AddText(isServer ? "url.path" : "url.full", isServer ? path : $"http://{host}:8080{path}");
        attributes.AddInt("http.response.status_code"u8, 200);
        attributes.AddText("server.address", host);
        attributes.AddInt("server.port"u8, 8080);
        attributes.AddText("network.protocol.version", "1.1");
        attributes.AddText(isServer ? "client.address" : "network.peer.address", $"10.1.{random.Next(255)}.{random.Next(255)}");
        attributes.AddText(isServer ? "user_agent.original" : "peer.service", isServer ? "Mozilla/5.0 (X11; Linux x86_64) shop/1.0" : callee);
        attributes.AddInt("http.response.body.size"u8, random.Next(100, 20_000));
        return method + " " + route;
    }

    private static string AddQuery(AttributeTable attributes, string service, Random random)
    {
        attributes.AddText("db.system.name", "postgresql");
        attributes.AddText("db.namespace", service);
        attributes.AddText("db.operation.name", "SELECT");
        attributes.AddText("db.collection.name", "items");
        attributes.AddText("db.query.text", "SELECT id, name, price FROM items WHERE owner = $1");
        attributes.AddText("server.address", "db.shop.svc.cluster.local");
        attributes.AddInt("server.port"u8, 5432);
        attributes.AddText("network.peer.address", "10.1.0.7");
        attributes.AddInt("db.response.returned_rows"u8, random.Next(100));
        attributes.AddText("thread.name", "worker-" + random.Next(16).ToString(CultureInfo.InvariantCulture));
        return "SELECT items";
    }

    // What is sent must be what is meant: a place found wrongly would be seen by nobody.
    private static void Check(LoadFrame frame)
    {
        var seen = new HashSet<TraceId>();
        for (int round = 0; round < 2; round++)
        {
            frame.Renew(LoadFrame.MadeAtUnixNano + round);
            var batch = new SpanBatch();
            var result = OtlpTraces.Decode(new ReadOnlySequence<byte>(frame.Message), batch);
            var traces = Enumerable.Range(0, batch.Count).Select(row => batch[row]).GroupBy(span => span.TraceId).ToList();
            bool isWhole = result is { Ok: true, Rejected: 0 } && batch.Count == frame.Spans && traces.All(trace =>
                seen.Add(trace.Key) && trace.Select(span => span.SpanId).Distinct().Count() == SpansPerTrace
                && trace.Count(span => span.ParentId.IsEmpty) == 1 && trace.All(span => span.ParentId.IsEmpty || trace.Any(other => other.SpanId == span.ParentId)));
            if (!isWhole)
            {
                throw new InvalidOperationException($"The prepared request is not {frame.Spans / SpansPerTrace} new whole traces: {result}.");
            }
        }
    }

    /// <param name="Trace">Number of its trace.</param>
    /// <param name="Parent">Number of its parent among all drafts, −1 for a root.</param>
    /// <param name="Service">Where the span is made.</param>
    /// <param name="Callee">Which service answers.</param>
    private readonly record struct Draft(int Trace, int Parent, TraceId TraceId, SpanId Id, int Service, int Callee, SpanKind Kind, long Start, long Duration)
    {
        public const int Database = -1;
    }
}
