using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Grpc.Failures;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Export;
using MeshInsight.Proxy.Logs;
using MeshInsight.Proxy.Metrics;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Settings;
using MeshInsight.Proxy.Spans;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Proxy.Trace;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests;

public sealed partial class TelemetryTests
{
    private static async Task<(MeshRig Rig, Sidecar Caller, Sidecar Callee)> StartAsync(RequestDelegate handle, Func<ProxyOptions, ProxyOptions>? change = null)
    {
        var rig = await MeshRig.StartAsync();
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(handle), change: change);
        var caller = await rig.StartCallerAsync(change);
        var route = MeshConfig.Route("checkout", ("checkout/v1", 1));
        route.Matches.Add(new Control.V1.Match { Path = "/cart" });
        await rig.PublishAsync(2, MeshConfig.Of([route], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, checkout)]));
        return (rig, caller, checkout);
    }

    internal static async Task<string> AdminAsync(Sidecar sidecar, string path)
    {
        using var client = new HttpClient();
        return await client.GetStringAsync(new Uri(sidecar.Url(ListenerSide.Admin), path));
    }

    [Fact]
    public async Task Metrics_OfBothSides_CarryIstiosNamesAndLabels()
    {
        var (rig, caller, callee) = await StartAsync(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.StatusCode = context.Request.Path == "/cart/broken" ? 500 : 200;
            await context.Response.WriteAsync("0123456789");
        });
        await using var _ = rig;
        using var client = MeshRig.Client(caller);
        (await client.PostAsync("/cart", new StringContent("1234567"))).Dispose();
        (await client.GetAsync("/cart/broken")).Dispose();
        await MeshRig.CountedAsync(caller, 2);
        await MeshRig.CountedAsync(callee, 2);

        var source = Samples(await AdminAsync(caller, "/metrics"));
        var destination = Samples(await AdminAsync(callee, "/metrics"));

        var ok = source.Single(s => s.Name == "istio_requests_total" && s.Labels["response_code"] == "200");
        Assert.Equal(1, ok.Value);
        Assert.Equal(
            ("source", "web-v1", "web", "checkout-v1", "v1", "checkout.mesh", "checkout", "http", "-", "unknown"),
            (ok.Labels["reporter"], ok.Labels["source_workload"], ok.Labels["source_app"], ok.Labels["destination_workload"], ok.Labels["destination_version"], ok.Labels["destination_service"],
                ok.Labels["destination_service_name"], ok.Labels["request_protocol"], ok.Labels["response_flags"], ok.Labels["connection_security_policy"]));
        var bad = destination.Single(s => s.Name == "istio_requests_total" && s.Labels["response_code"] == "500");
        Assert.Equal(
            ("destination", "web-v1", "checkout-v1", "none", "v1"),
            (bad.Labels["reporter"], bad.Labels["source_workload"], bad.Labels["destination_workload"], bad.Labels["connection_security_policy"], bad.Labels["destination_canonical_revision"]));
        Assert.Equal(26, ok.Labels.Count);
        Assert.Equal(7, source.Single(s => s.Name == "istio_request_bytes_sum" && s.Labels["response_code"] == "200").Value);
        Assert.Equal(10, source.Single(s => s.Name == "istio_response_bytes_sum" && s.Labels["response_code"] == "200").Value);
    }

    [Fact]
    public async Task MetricsPage_IsWellFormed()
    {
        var (rig, caller, _) = await StartAsync(context => context.Response.WriteAsync("ok"));
        await using var _1 = rig;
        using var client = MeshRig.Client(caller);
        await client.GetStringAsync("/cart");
        await MeshRig.CountedAsync(caller, 1);

        string page = await AdminAsync(caller, "/metrics");
        var samples = Samples(page);

        var families = page.Split('\n').Where(l => l.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(l => l.Split(' ')[2]).ToList();
        Assert.Equal(families.Distinct(), families);
        Assert.Equal(MetricTable.All.Select(m => m.Name).Order(), families.Order());
        foreach (var histogram in samples.Where(s => s.Name.EndsWith("_bucket", StringComparison.Ordinal)).GroupBy(s => s.Name))
        {
            var counts = histogram.Select(s => s.Value).ToList();
            Assert.Equal(counts.Order(), counts);
            Assert.Equal("+Inf", histogram.Last().Labels["le"]);
            Assert.Equal(samples.Single(s => s.Name == histogram.Key.Replace("_bucket", "_count", StringComparison.Ordinal)).Value, counts[^1]);
        }

        Assert.True(samples.Single(s => s.Name == "process_cpu_seconds_total").Value > 0);
        Assert.Equal(1, samples.Single(s => s.Name == "mesh_proxy_snapshot_version").Value);
        Assert.Equal(1, samples.Single(s => s.Name == "mesh_proxy_control_connected").Value);
    }

    [Fact]
    public async Task MetricPage_OfTheDocs_IsTheTable()
    {
        string page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "proxy-metrics.md"));

        var rows = page.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal));
        Assert.Equal(MetricTable.All.Select(m => $"| `{m.Name}` | {m.PrometheusType} | {m.Unit} | {m.Description} |"), rows);
    }

    [Fact]
    public async Task AccessLog_OfEveryRequest_HasEnvoysFieldsAndTheProxysShare()
    {
        var (rig, caller, callee) = await StartAsync(context => context.Response.WriteAsync("hello"), o => o with { AccessLog = AccessLogMode.All });
        await using var _ = rig;
        using var client = MeshRig.Client(caller);
        client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", "test \"quoted\"");
        await client.GetStringAsync("/cart?secret=1");

        var line = (await rig.StopAndReadLogAsync(caller)).Single(l => l.GetProperty("reporter").GetString() == "source");
        Assert.Equal(
            ("GET", "/cart", "HTTP/1.1", 200, "-", "via_upstream", "test \"quoted\"", "checkout.mesh", "checkout/v1", "checkout"),
            (Text("method"), Text("path"), Text("protocol"), line.GetProperty("response_code").GetInt32(), Text("response_flags"), Text("response_code_details"), Text("user_agent"),
                Text("authority"), Text("upstream_cluster"), Text("route_name")));
        Assert.Equal(5, line.GetProperty("bytes_sent").GetInt64());
        Assert.InRange(line.GetProperty("processing_ns").GetInt64(), 1, line.GetProperty("total_ns").GetInt64());
        Assert.Equal(32, Text("trace_id")!.Length);
        Assert.Contains(await rig.StopAndReadLogAsync(callee), l => l.GetProperty("reporter").GetString() == "destination");

        string? Text(string name) => line.GetProperty(name).GetString();
    }

    [Fact]
    public async Task AccessLog_OfErrors_SkipsWhatWentWell_AndReportsFailures()
    {
        var (rig, caller, _) = await StartAsync(context =>
        {
            context.Response.StatusCode = context.Request.Path == "/cart/broken" ? 500 : 200;
            return Task.CompletedTask;
        });
        await using var _1 = rig;
        using var client = MeshRig.Client(caller);
        (await client.GetAsync("/cart")).Dispose();
        (await client.GetAsync("/cart/broken")).Dispose();
        (await client.GetAsync("/elsewhere")).Dispose();
        var output = await rig.StopAndReadLogAsync(caller);

        var logs = rig.Sink.Logs.Where(b => b.Symbols.GetString(b.Resources[0].ServiceName) == "web").SelectMany(b => Enumerable.Range(0, b.Count).Select(i => b.Text.GetString(b.Logs[i].Body))).ToList();
        Assert.Equal(2, logs.Count);
        Assert.Contains(logs, l => l.Contains("\"GET /cart/broken HTTP/1.1\" 500 - via_upstream", StringComparison.Ordinal));
        Assert.Contains(logs, l => l.Contains("\"GET /elsewhere HTTP/1.1\" 404 NR \"", StringComparison.Ordinal));
        Assert.DoesNotContain(output, l => l.GetProperty("response_code").GetInt32() == 200);
    }

    [Theory]
    [InlineData("all", 3)]
    [InlineData("errors", 1)]
    [InlineData("off", 0)]
    public async Task AccessLogRecords_ByMode_GoToTheCollectorApartFromTheOutput(string mode, int expected)
    {
        var (options, _) = ProxyOptionsReader.Read(name => name switch { "MESH_ACCESS_LOG_OTLP" => mode, "MESH_SERVICE" => "web", _ => null });
        var (rig, caller, _) = await StartAsync(
            context =>
            {
                context.Response.StatusCode = context.Request.Path == "/cart/broken" ? 500 : 200;
                return Task.CompletedTask;
            },
            o => o with { AccessLog = AccessLogMode.Off, AccessLogRecords = options.AccessLogRecords });
        await using var _1 = rig;
        using var client = MeshRig.Client(caller);
        foreach (string path in (string[])["/cart", "/cart/\"odd%0Aline\"", "/cart/broken"])
        {
            (await client.GetAsync(path)).Dispose();
        }

        var output = await rig.StopAndReadLogAsync(caller);
        var spans = (await rig.Sink.SpansAsync(6)).Select(s => (s.TraceId, s.SpanId)).ToHashSet();

        var batches = rig.Sink.Logs.Where(b => b.Symbols.GetString(b.Resources[0].ServiceName) == "web").ToList();
        var records = batches.SelectMany(b => Enumerable.Range(0, b.Count).Select(i => (Record: b.Logs[i], Line: b.Text.GetString(b.Logs[i].Body), Event: b.Symbols.GetString(b.Logs[i].EventName)))).ToList();
        Assert.Equal(expected, records.Count);
        Assert.All(records, r => Assert.Contains((r.Record.TraceId, r.Record.SpanId), spans));
        Assert.All(records, r => Assert.Equal(r.Line.Contains(" 500 - ", StringComparison.Ordinal) ? "mesh.request.failed" : "mesh.request", r.Event));
        // Istio's line, quotation marks and line ends escaped.
        var words = records.Select(r => IstioLine().Match(r.Line)).ToList();
        Assert.All(words, w => Assert.True(w.Success));
        Assert.All(words, w => Assert.Equal(("checkout.mesh", "checkout/v1", "checkout"), (w.Groups["authority"].Value, w.Groups["cluster"].Value, w.Groups["route"].Value)));
        Assert.Equal(expected == 3, words.Exists(w => w.Groups["path"].Value == "/cart/\\\"odd\\u000aline\\\""));
        Assert.Empty(output);
    }

    [Fact]
    public async Task OtlpMetrics_AtTheEnd_EqualTheMetricsPage()
    {
        var (rig, caller, _) = await StartAsync(context => context.Response.WriteAsync("ok"));
        await using var _1 = rig;
        using var client = MeshRig.Client(caller);
        for (int i = 0; i < 3; i++)
        {
            await client.GetStringAsync("/cart");
        }

        await caller.StopAsync();

        var batch = rig.Sink.Metrics!;
        var sum = Assert.Single(batch.Numbers.Span.ToArray(), p => batch.Symbols.GetString(batch.Metrics[p.Point.Metric].Name) == "istio_requests_total");
        Assert.Equal(3, sum.Int);
        Assert.Equal(Temporality.Cumulative, batch.Metrics[sum.Point.Metric].Temporality);
        var duration = Assert.Single(batch.Histograms.Span.ToArray(), p => batch.Symbols.GetString(batch.Metrics[p.Point.Metric].Name) == "istio_request_duration_milliseconds");
        Assert.Equal((3ul, FixedHistogram.UpperBounds.Length + 1), (duration.Count, duration.Buckets.Count));
    }

    [Fact]
    public async Task Route_WithAPath_NamesTheSpansOnBothSides()
    {
        var (rig, caller, _) = await StartAsync(context => context.Response.WriteAsync("ok"));
        await using var _1 = rig;
        using var client = MeshRig.Client(caller);

        await client.GetStringAsync("/cart/77");

        Assert.All(await rig.Sink.SpansAsync(2), s => Assert.Equal(("GET /cart", "/cart", "/cart/77", "checkout"), (s.Name, s["http.route"], s["url.path"], s["mesh.route"])));
    }

    [Fact]
    public async Task Collector_AwayAndBack_GetsTheSpansLate()
    {
        var (rig, caller, _) = await StartAsync(context => context.Response.WriteAsync("ok"));
        await using var _1 = rig;
        rig.Sink.Failure = new GrpcException(GrpcStatusCode.Unavailable, "away");
        using var client = MeshRig.Client(caller);
        await client.GetStringAsync("/cart");
        using (var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20)))
        {
            while (caller.Counters.SendFailures == 0)
            {
                limit.Token.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }

        rig.Sink.Failure = null;

        Assert.Equal(2, (await rig.Sink.SpansAsync(2)).Count);
        Assert.Equal(0, TelemetryCounters.Reasons.Sum(caller.Counters.SpansDropped));
    }

    [Fact]
    public void Batches_BeforeTheyAreFull_WaitForTheSecond_AndAreFullByTextToo()
    {
        int wakes = 0;
        var recorder = new SpanRecorder(new("web", "v1", "w1"), new(), () => wakes++);
        var context = new DefaultHttpContext();
        context.Request.Path = "/" + new string('x', 1000);
        var exchange = new Exchange { IsInbound = true, Context = context, Trace = TraceContext.Begin(new ConcurrentRandom(1)), StartedAt = default, StartTimestamp = 0, IsGrpc = false };

        recorder.RecordServer(exchange);
        Assert.Null(recorder.Take(ExportDue.Full));
        Assert.Equal(1, recorder.Take(ExportDue.Begun)?.Count);

        // More than a thousand bytes each: two megabytes are there before two thousand records.
        int recorded = 0;
        while (wakes == 0)
        {
            recorder.RecordServer(exchange);
            recorded++;
        }

        Assert.InRange(recorded, 1700, 1950);
        Assert.Equal(recorded - 1, recorder.Take(ExportDue.Full)?.Count);
        Assert.Null(recorder.Take(ExportDue.Full));
    }

    [Fact]
    public void Spans_FasterThanTheyAreSent_AreDroppedAndCounted()
    {
        var counters = new TelemetryCounters();
        var recorder = new SpanRecorder(new("web", "v1", "w1"), counters, () => { });
        var exchange = new Exchange { IsInbound = true, Context = new DefaultHttpContext(), Trace = TraceContext.Begin(new ConcurrentRandom(1)), StartedAt = default, StartTimestamp = 0, IsGrpc = false };
        const int Many = 20_000;

        for (int i = 0; i < Many; i++)
        {
            recorder.RecordServer(exchange);
        }

        int kept = 0;
        while (recorder.Take(ExportDue.Begun) is { } batch)
        {
            kept += batch.Count;
            recorder.Return(batch);
        }

        Assert.Equal(4 * SpanRecorder.RecordsPerBatch, kept);
        Assert.Equal(Many - kept, counters.SpansDropped(DropReason.QueueFull));
    }

    [Fact]
    public async Task ConfigDump_ShowsWhatIsInForce()
    {
        var (rig, caller, _) = await StartAsync(context => context.Response.WriteAsync("ok"));
        await using var _1 = rig;

        var dump = JsonDocument.Parse(await AdminAsync(caller, "/config_dump")).RootElement;

        Assert.Equal(("web", 1L), (dump.GetProperty("self").GetProperty("service").GetString(), dump.GetProperty("snapshot").GetProperty("version").GetInt64()));
        Assert.Equal("checkout/v1", dump.GetProperty("endpoints")[0].GetProperty("cluster").GetString());
    }

    [Fact]
    public async Task Admin_UnknownPath_SaysWhatThereIs()
    {
        await using var rig = await MeshRig.StartAsync();
        var caller = await rig.StartCallerAsync();
        using var client = new HttpClient();

        using var response = await client.GetAsync(new Uri(caller.Url(ListenerSide.Admin), "/stats"));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("/config_dump", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>.*)\})? (?<value>\S+)$""")]
    private static partial Regex SampleLine();

    [GeneratedRegex("""(?<name>[a-z_]+)="(?<value>(?:[^"\\]|\\.)*)"(,|$)""")]
    private static partial Regex LabelPair();

    private static List<(string Name, Dictionary<string, string> Labels, double Value)> Samples(string page)
    {
        Assert.EndsWith("\n", page, StringComparison.Ordinal);
        return [.. page.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l[0] != '#').Select(l =>
        {
            var match = SampleLine().Match(l);
            Assert.True(match.Success, l);
            return (
                match.Groups["name"].Value,
                LabelPair().Matches(match.Groups["labels"].Value).ToDictionary(p => p.Groups["name"].Value, p => p.Groups["value"].Value),
                double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture));
        })];
    }

    [GeneratedRegex("""
        ^\[\S+Z\] "GET (?<path>\S+) HTTP/1\.1" \d+ - via_upstream - "[^"]+" \d+ \d+ \d+ (\d+|-) "-" "-" "-" "(?<authority>[^"]+)" "127\.0\.0\.1:\d+" (?<cluster>\S+) - 127\.0\.0\.1:\d+ 127\.0\.0\.1:\d+ - (?<route>\S+)$
        """)]
    private static partial Regex IstioLine();
}
