using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage;
using MeshInsight.Storage.Inserts;
using MeshInsight.Storage.Records;

namespace MeshInsight.Portal.Tests.Demo;

/// <summary>Requests through the shop as spans: a SERVER span per service, a CLIENT span per call, and a log line where something went wrong.</summary>
internal sealed class DemoTraces(DemoMesh mesh, int seed)
{
    private readonly Random _random = new(seed);
    private readonly SpanBatch _spans = new();
    private readonly SpanScores _scores = new();
    private readonly LogBatch _logs = new();
    private readonly List<TraceRow> _rows = [];
    private readonly Dictionary<string, int> _resources = [];

    /// <summary>The first failing and the first healthy checkout.</summary>
    public TraceId Failing { get; private set; }

    public TraceId Normal { get; private set; }

    public async Task WriteAsync(TelemetryStore store, DateTimeOffset from, DateTimeOffset to, int count)
    {
        for (int i = 0; i < count; i++)
        {
            AddTrace(from + ((to - from) * i / count));
        }

        // Errors are always kept, so the seconds of the fault hold many.
        for (var at = mesh.Fault; at < mesh.Confirmed; at = at.AddMilliseconds(170))
        {
            AddTrace(at, mustFail: true);
        }

        await store.InsertSpansAsync(_spans, _scores);
        await store.InsertLogsAsync(_logs);
        await store.InsertTracesAsync(_rows);
    }

    private void AddTrace(DateTimeOffset at, bool mustFail = false)
    {
        var id = new TraceId((ulong)_random.NextInt64(), (ulong)_random.NextInt64());
        bool checkout = mustFail || _random.NextDouble() < 0.4;
        bool canary = mustFail || _random.NextDouble() * 100 < mesh.CanaryPercent(at);
        bool slow = !mustFail && _random.NextDouble() < 0.07;
        int before = _spans.Count;
        var trace = new OneTrace(id, canary ? "v2" : "v1", mustFail, slow ? 5 + (4 * _random.NextDouble()) : 1);
        long start = (at.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * 100;
        var services = new HashSet<string>();
        long took = AddServer(trace, "gateway", checkout ? "POST /checkout" : "GET /", default, start, checkout ? ["checkout"] : ["storefront"], services).Took;
        int errors = 0;
        string reason = mustFail ? "error" : slow ? "slow" : "probabilistic";
        double probability = mustFail || slow ? 1 : 0.02;
        for (int i = before; i < _spans.Count; i++)
        {
            errors += _spans.Statuses[i] == SpanStatus.Error ? 1 : 0;
            _scores.Add(mustFail ? 0.97f : slow ? 0.8f : 0.1f, mustFail ? "checkout"u8 : default, probability, System.Text.Encoding.UTF8.GetBytes(reason));
        }

        _rows.Add(new TraceRow(
            id, start, took, "gateway", checkout ? "POST /checkout" : "GET /", services, [.. services.Select(s => TraceRow.ServiceVersion(s, s == "checkout" ? trace.Checkout : "v1"))],
            [TraceRow.ServiceOperation("gateway", checkout ? "POST /checkout" : "GET /")], _spans.Count - before, errors, mustFail ? 0.97f : 0.1f, mustFail ? "checkout" : "", probability, reason));
        if (mustFail && Failing.IsEmpty)
        {
            Failing = id;
        }
        else if (checkout && !mustFail && !slow && !canary && Normal.IsEmpty && at > mesh.Now.AddMinutes(-6))
        {
            Normal = id;
        }
    }

    private (long Took, bool Failed) AddServer(OneTrace trace, string service, string operation, SpanId parent, long start, IReadOnlyList<string> callees, HashSet<string> services)
    {
        services.Add(service);
        var id = NewSpanId();
        bool failsHere = trace.MustFail && service == "checkout";
        long cursor = start + Micros(Own(service) * 0.35 * trace.Slowness);
        bool failed = failsHere;
        foreach (string callee in failsHere ? callees.Take(1) : callees)
        {
            var (took, calleeFailed) = AddClient(trace, service, callee, id, cursor, services);
            failed |= calleeFailed;
            cursor += took + Micros(Own(service) * 0.1);
        }

        long end = cursor + Micros(Own(service) * 0.55 * trace.Slowness);
        int first = _spans.Attributes.Count;
        bool grpc = service == "payment";
        Text(grpc ? "rpc.system" : "http.request.method", grpc ? "grpc" : operation.Split(' ')[0]);
        Text(grpc ? "rpc.method" : "url.path", grpc ? operation : operation.Split(' ')[^1]);
        _spans.Attributes.AddInt(_spans.Symbols.Add(grpc ? "rpc.grpc.status_code" : "http.response.status_code"), failed ? 500 : grpc ? 0 : 200);
        Text("mesh.route", service);
        Add(trace, id, parent, service, start, end - start, operation, SpanKind.Server, failed, failsHere ? "answered 500: tax table has no rate for region NO-03" : failed ? "answered 500" : "", first);
        if (failsHere)
        {
            Log(trace, id, service, end - 400_000, 17, "ERROR", "KeyNotFoundException: tax table has no rate for region NO-03 (TaxTable.Rate, line 71)");
            Log(trace, id, service, start + 900_000, 9, "INFO", "pricing 3 items for cart 81f2c4");
        }

        return (end - start, failed);
    }

    private (long Took, bool Failed) AddClient(OneTrace trace, string service, string callee, SpanId parent, long start, HashSet<string> services)
    {
        var id = NewSpanId();
        long wire = Micros(0.18);
        string operation = DemoMesh.Calls.First(c => c.Destination == callee && c.Source == service).Operation;
        var (took, failed) = AddServer(trace, callee, operation, id, start + wire, Callees(callee), services);
        long whole = took + (2 * wire);
        int first = _spans.Attributes.Count;
        Text("mesh.destination.service", callee);
        Text("mesh.destination.version", callee == "checkout" ? trace.Checkout : "v1");
        Text("server.address", callee + ".mesh");
        _spans.Attributes.AddInt(_spans.Symbols.Add("mesh.time.client_proxy_us"), 90);
        _spans.Attributes.AddInt(_spans.Symbols.Add("mesh.time.network_us"), (2 * wire / 1000) - 140);
        _spans.Attributes.AddInt(_spans.Symbols.Add("mesh.time.server_proxy_us"), 50);
        _spans.Attributes.AddInt(_spans.Symbols.Add("mesh.time.app_us"), Math.Max(0, (took / 1000) - 50));
        // The shop's checkout starts a span of its own that it does not export; its sidecar knows where the call belongs.
        bool isHole = service == "checkout";
        Text("mesh.inbound_span_id", parent.ToString());
        Add(trace, id, isHole ? NewSpanId() : parent, service, start, whole, operation, SpanKind.Client, failed, failed ? "answered 500" : "", first);
        return (whole, failed);
    }

    private static IReadOnlyList<string> Callees(string service) => service switch
    {
        "checkout" => ["cart", "payment", "shipping"],
        "storefront" => ["catalog", "recommend"],
        "catalog" => ["inventory"],
        "recommend" => ["catalog"],
        "payment" => ["ledger"],
        "shipping" => ["inventory"],
        _ => [],
    };

    private static double Own(string service) => service switch { "gateway" => 1.2, "checkout" => 6, "payment" => 9, "storefront" => 4, "recommend" => 5, "ledger" => 4, "catalog" => 3, _ => 2 };

    private long Micros(double millis) => (long)(millis * 1e6 * (0.75 + (0.5 * _random.NextDouble())));

    private SpanId NewSpanId() => new((ulong)_random.NextInt64(1, long.MaxValue));

    private void Text(string key, string value) => _spans.Attributes.AddText(key, value);

    private void Add(OneTrace trace, SpanId id, SpanId parent, string service, long start, long took, string name, SpanKind kind, bool failed, string message, int firstAttribute)
    {
        var attributes = _spans.Attributes.From(firstAttribute);
        string version = service == "checkout" ? trace.Checkout : "v1";
        if (!_resources.TryGetValue(service + version, out int resource))
        {
            int first = _spans.Attributes.Count;
            Text("service.name", service);
            Text("service.version", version);
            Text("service.instance.id", $"{service}-{version}-0");
            _resources[service + version] = resource = _spans.AddResource(first);
        }

        if (_spans.Scopes.Count == 0)
        {
            _spans.Scopes.Add(new ScopeRow(_spans.Symbols.Add(MeshAttributes.ProxyScope), 0, default, 0));
        }

        _spans.Add(
            trace.Id, id, parent, start, took, _spans.Symbols.Add(name), kind, failed ? SpanStatus.Error : SpanStatus.Unset,
            _spans.Text.Add(System.Text.Encoding.UTF8.GetBytes(message)), default, 1, resource, 0, attributes);
    }

    private void Log(OneTrace trace, SpanId span, string service, long at, byte severity, string word, string body)
    {
        int first = _logs.Attributes.Count;
        _logs.Attributes.AddText("service.name", service);
        int resource = _logs.AddResource(first);
        if (_logs.Scopes.Count == 0)
        {
            _logs.Scopes.Add(default);
        }

        _logs.Logs.Add(new LogRow(at, at, trace.Id, span, 1, severity, _logs.Symbols.Add(word), _logs.Text.Add(System.Text.Encoding.UTF8.GetBytes(body)), 0, resource, 0, default));
    }

    private sealed record OneTrace(TraceId Id, string Checkout, bool MustFail, double Slowness);
}
