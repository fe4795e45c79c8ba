using System.Buffers;
using System.Net;
using MeshInsight.Benchmarks.Harness;
using MeshInsight.Proxy;
using MeshInsight.Proxy.Export;
using MeshInsight.Proxy.Logs;
using MeshInsight.Proxy.Metrics;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Spans;
using MeshInsight.Proxy.Trace;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>What each part of telemetry costs one request in the sidecar's process, and how much goes over the wire, without the kernel's share of sending it.</summary>
internal sealed class ProxyTelemetry : IBenchmark
{
    private const int Requests = SpanRecorder.RecordsPerBatch;

    private static readonly Workload Self = new("web", "v1", "web-1");

    public string Name => nameof(ProxyTelemetry);

    public string Summary => "spans, access log records and metrics: time per request and bytes on the wire";

    public IReadOnlyList<BenchmarkRow> Run()
    {
        var exchange = Request();
        var counters = new TelemetryCounters();
        var spans = new SpanRecorder(Self, counters, () => { });
        var records = new LogRecorder(Self, AccessLogMode.All, TimeProvider.System, counters, () => { });
        var log = new AccessLog(AccessLogMode.Off, records, counters, TimeProvider.System);
        var metrics = new RequestMetrics(TimeProvider.System, keepsExemplars: true);
        var line = new TextLine();
        var json = new JsonLine();
        return
        [
            Row("access log line, Istio's text", () => AccessLogText.Write(line, exchange)),
            Row("access log line, JSON", () => AccessLogJson.Write(json, exchange)),
            Exported("access log record: line, record, OTLP", () => log.Write(exchange), records),
            Exported("SERVER span: record, OTLP", () => spans.RecordServer(exchange), spans),
            Row("metrics with exemplars", () => metrics.Add(exchange)),
        ];
    }

    private static Exchange Request()
    {
        var context = new DefaultHttpContext();
        (context.Request.Method, context.Request.Scheme, context.Request.Host, context.Request.Path, context.Request.Protocol) = ("GET", "http", new("checkout.mesh:80"), "/cart/items/7", "HTTP/1.1");
        (context.Connection.RemoteIpAddress, context.Connection.LocalIpAddress) = (IPAddress.Parse("10.1.2.3"), IPAddress.Parse("10.1.2.4"));
        (context.Connection.RemotePort, context.Connection.LocalPort) = (41234, 15006);
        context.Request.Headers.UserAgent = "Mozilla/5.0 (X11; Linux x86_64)";
        long now = TimeProvider.System.GetTimestamp();
        var attempt = new AttemptRecord { SpanId = new(8), Destination = Self, Address = "127.0.0.1:8080", ResendCount = 0, StartTimestamp = now, SentTimestamp = now, HeadTimestamp = now, RoundTripNanos = 1_000_000, ProxyNanos = 50_000, Status = 200 };
        return new()
        {
            IsInbound = true,
            Context = context,
            Trace = TraceContext.Begin(new ConcurrentRandom(1)),
            StartedAt = TimeProvider.System.GetUtcNow(),
            StartTimestamp = now,
            EndTimestamp = now + (TimeProvider.System.TimestampFrequency / 1000),
            Clock = TimeProvider.System,
            IsGrpc = false,
            Status = 200,
            Peer = new("shop", "v2", ""),
            PeerPrincipal = "spiffe://mesh.local/ns/default/sa/shop",
            RouteName = "checkout",
            RouteTemplate = "/cart",
            LastAttempt = attempt,
        };
    }

    private static BenchmarkRow Exported(string name, Action record, IExportSource source)
    {
        var output = new ArrayBufferWriter<byte>(1 << 20);
        return Row(name, record, () =>
        {
            output.ResetWrittenCount();
            source.TryEncode(output, ExportDue.Begun, out _);
        }, () => output.WrittenCount);
    }

    private static BenchmarkRow Row(string name, Action one, Action? afterwards = null, Func<int>? bytes = null)
    {
        var measured = CpuMeasurement.Of(() =>
        {
            for (int i = 0; i < Requests; i++)
            {
                one();
            }

            afterwards?.Invoke();
        });
        double requests = measured.Runs * (double)Requests;
        List<Figure> figures = [new("per request", measured.CpuSeconds / requests * 1e9, "ns"), new("allocated per request", measured.AllocatedBytes / requests, "B")];
        if (bytes is not null)
        {
            figures.Add(new("sent per request", bytes() / (double)Requests, "B"));
        }

        return new(name, measured.CpuSeconds, figures);
    }
}
