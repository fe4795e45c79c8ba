using System.Globalization;
using System.Text.RegularExpressions;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Export;
using MeshInsight.Proxy.Metrics;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Proxy.Trace;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Metrics;

/// <summary>The same numbers in the stricter format, and what only it can say.</summary>
public sealed partial class OpenMetricsTests
{
    // As Prometheus 2.42 asks.
    private const string Prometheus = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

    private static async Task<(string Type, string Page)> PageAsync(Sidecar sidecar, string accept)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", accept);
        using var response = await client.GetAsync(new Uri(sidecar.Url(ListenerSide.Admin), "/metrics"));
        return (response.Content.Headers.ContentType!.ToString(), await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Page_AskedForByPrometheus_IsOpenMetrics_WithExemplarsOfRealTraces()
    {
        var (rig, caller) = await MeshRig.WithCheckoutAsync(context => context.Response.WriteAsync("ok"));
        await using var _ = rig;
        using var client = MeshRig.Client(caller);
        await client.GetStringAsync("/cart");
        var span = (await rig.Sink.SpansAsync(1, s => s.Kind == SpanKind.Client))[0];
        await MeshRig.CountedAsync(caller, 1);

        var (type, page) = await PageAsync(caller, Prometheus);

        Assert.Equal("application/openmetrics-text; version=1.0.0; charset=utf-8", type);
        Assert.EndsWith("\n# EOF\n", page, StringComparison.Ordinal);
        var exemplar = ExemplarLine().Matches(page).Single(m => m.Groups["name"].Value == "istio_request_duration_milliseconds_bucket");
        Assert.Equal((span.TraceId.ToString(), span.SpanId.ToString()), (exemplar.Groups["trace"].Value, exemplar.Groups["span"].Value));
        double value = double.Parse(exemplar.Groups["value"].Value, CultureInfo.InvariantCulture);
        double bound = exemplar.Groups["le"].Value == "+Inf" ? double.PositiveInfinity : double.Parse(exemplar.Groups["le"].Value, CultureInfo.InvariantCulture);
        Assert.InRange(value, 0, bound);
        Assert.InRange(double.Parse(exemplar.Groups["time"].Value, CultureInfo.InvariantCulture), span.StartUnixNano / 1e9, (span.StartUnixNano + (60 * 1e9)) / 1e9);
    }

    [Fact]
    public async Task Page_InOpenMetrics_NamesFamiliesAsTheFormatAsks()
    {
        var (rig, caller) = await MeshRig.WithCheckoutAsync(context => context.Response.WriteAsync("ok"));
        await using var _ = rig;
        using var client = MeshRig.Client(caller);
        await client.GetStringAsync("/cart");
        await MeshRig.CountedAsync(caller, 1);

        var (_, page) = await PageAsync(caller, Prometheus);

        var types = page.Split('\n').Where(l => l.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(l => l.Split(' ')).ToDictionary(l => l[2], l => l[3]);
        Assert.Equal(MetricTable.All.Count, types.Count);
        Assert.Equal("counter", types["istio_requests"]);
        // Envoy's names lack the suffix that a counter must have here; what has no such rule is a type of its own.
        Assert.Equal("unknown", types["envoy_cluster_health_check_attempt"]);
        Assert.DoesNotContain(types, t => t.Value == "counter" && t.Key.EndsWith("_total", StringComparison.Ordinal));
        foreach (string line in page.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l[0] != '#'))
        {
            string name = line[..line.IndexOfAny(['{', ' '])];
            Assert.True(
                types.TryGetValue(name, out var type) ? type is "gauge" or "unknown"
                : name.EndsWith("_total", StringComparison.Ordinal) ? types[name[..^6]] == "counter"
                : types[name[..name.LastIndexOf('_')]] == "histogram",
                line);
        }

        Assert.Contains(",le=\"1.0\"}", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("*/*")]
    [InlineData("text/html,application/xhtml+xml,*/*;q=0.8")]
    [InlineData("text/plain;version=0.0.4")]
    [InlineData("text/plain;version=0.0.4,application/openmetrics-text;q=0.5")]
    [InlineData("application/openmetrics-text;q=0")]
    [InlineData("not a type at all,,;")]
    public async Task Page_AskedForOtherwise_IsTheTextFormat(string accept)
    {
        await using var rig = await MeshRig.StartAsync();
        var caller = await rig.StartCallerAsync();

        var (type, page) = await PageAsync(caller, accept);

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", type);
        Assert.DoesNotContain("# EOF", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OtlpMetrics_CarryEachExemplarOnce_AndTheSeriesOwnStart()
    {
        var clock = new Testing.ManualTimeProvider();
        var (rig, caller) = await MeshRig.WithCheckoutAsync(
            context =>
            {
                clock.Advance(TimeSpan.FromMilliseconds(30));
                return context.Response.WriteAsync("ok");
            },
            clock: clock);
        await using var _ = rig;
        using var client = MeshRig.Client(caller);
        clock.Advance(TimeSpan.FromMilliseconds(5));
        await client.GetStringAsync("/cart");
        await rig.StopAndReadLogAsync(caller);

        var span = (await rig.Sink.SpansAsync(1, s => s.Kind == SpanKind.Client))[0];
        var batch = rig.Sink.Metrics!;
        var duration = Assert.Single(batch.Histograms.Span.ToArray(), p => batch.Symbols.GetString(batch.Metrics[p.Point.Metric].Name) == "istio_request_duration_milliseconds");
        var exemplar = batch.Exemplars[duration.Point.Exemplars.Start];
        Assert.Equal((1, span.TraceId, span.SpanId), (duration.Point.Exemplars.Count, exemplar.TraceId, exemplar.SpanId));
        Assert.Equal(30, exemplar.Value);
        // The series began with the request, not with the sidecar.
        Assert.Equal(span.StartUnixNano + 30_000_000, duration.Point.StartUnixNano);
        Assert.All(batch.Histograms.Span.ToArray().Where(h => h.Point.Metric != duration.Point.Metric), h => Assert.Equal(0, h.Point.Exemplars.Count));
        var edges = batch.Numbers.Span.ToArray().Where(p => batch.Symbols.GetString(batch.Metrics[p.Point.Metric].Name) == "mesh_edge_time_seconds_total").ToList();
        Assert.Equal(4, edges.Count);
        Assert.Equal(0.03, edges.Sum(e => e.Double));
    }

    [Fact]
    public void OtlpMetrics_OfASecondExport_DoNotRepeatExemplars_AndOverflowHasOneAttribute()
    {
        var time = new Testing.ManualTimeProvider();
        var metrics = new RequestMetrics(time, keepsExemplars: true);
        var source = new MetricSource(metrics, [], new("checkout", "v1", "c1"), time);
        for (int i = 0; i <= SeriesTable<SeriesKey, RequestSeries>.MaxSeries; i++)
        {
            Add($"peer-{i}");
        }

        var first = Export();
        time.Advance(TimeSpan.FromSeconds(1));
        Add("peer-1");
        var second = Export();

        Assert.Equal(SeriesTable<SeriesKey, RequestSeries>.MaxSeries, first.Exemplars.Count);
        Assert.Equal(1, second.Exemplars.Count);
        var overflow = Assert.Single(second.Numbers.Span.ToArray(), p => second.Symbols.GetString(second.Attributes.Key(p.Point.Attributes.Start)) == "otel.metric.overflow");
        Assert.Equal((1, AttributeKind.Bool, 2), (overflow.Point.Attributes.Count, second.Attributes.Kind(overflow.Point.Attributes.Start), overflow.Int));

        void Add(string peer) => metrics.Add(new Exchange
        {
            IsInbound = true,
            Context = new DefaultHttpContext(),
            Trace = TraceContext.Begin(new ConcurrentRandom((ulong)peer.Length)),
            StartedAt = time.GetUtcNow(),
            StartTimestamp = time.GetTimestamp(),
            EndTimestamp = time.GetTimestamp(),
            Clock = time,
            IsGrpc = false,
            ServerSpanId = new(7),
            Peer = new(peer, "", ""),
            Status = 200,
        });

        MetricBatch Export()
        {
            time.Advance(TimeSpan.FromSeconds(11));
            var buffer = new System.Buffers.ArrayBufferWriter<byte>();
            Assert.True(source.TryEncode(buffer, ExportDue.Begun, out int items));
            var batch = new MetricBatch();
            Assert.True(Contracts.Otlp.OtlpMetrics.Decode(new(buffer.WrittenMemory), batch).Ok);
            Assert.Equal(items, batch.PointCount);
            return batch;
        }
    }

    [GeneratedRegex("""^(?<name>\w+)\{.*le="(?<le>[^"]+)"\} \d+ # \{trace_id="(?<trace>[0-9a-f]{32})",span_id="(?<span>[0-9a-f]{16})"\} (?<value>\S+) (?<time>\d+\.\d{3})$""", RegexOptions.Multiline)]
    private static partial Regex ExemplarLine();
}
