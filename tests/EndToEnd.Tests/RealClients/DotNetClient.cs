using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace MeshInsight.EndToEnd.Tests.RealClients;

/// <summary>OpenTelemetry's .NET SDK and its OTLP exporter, sending what tests/clients/otlp/export.js sends.</summary>
internal sealed partial class DotNetClient(string service, OtlpExportProtocol protocol, Uri endpoint)
{
    private readonly ResourceBuilder _resource = ResourceBuilder.CreateEmpty()
        .AddAttributes(new Dictionary<string, object>
        {
            ["service.name"] = service,
            ["service.version"] = "v7",
            ["service.instance.id"] = "i-1",
            ["process.pid"] = 4711,
            ["host.up"] = true,
        });

    public SentIds Send()
    {
        using var source = new ActivitySource(service + ".source", "1.2.3");
        using var traces = Sdk.CreateTracerProviderBuilder()
            .AddSource(source.Name)
            .SetResourceBuilder(_resource)
            .SetSampler(new AlwaysOnSampler())
            .AddOtlpExporter(options => Configure(options, "traces"))
            .Build();
        using var meter = new Meter(service + ".meter", "0.9");
        using var metrics = Sdk.CreateMeterProviderBuilder()
            .AddMeter(meter.Name)
            .SetResourceBuilder(_resource)
            .AddView("latency", new ExplicitBucketHistogramConfiguration { Boundaries = [0.005, 0.1, 1] })
            .AddView("latency.exponential", new Base2ExponentialBucketHistogramConfiguration())
            .AddOtlpExporter((options, _) => Configure(options, "metrics"))
            .Build();
        using var loggers = LoggerFactory.Create(logging => logging.AddOpenTelemetry(options => options
            .SetResourceBuilder(_resource)
            .AddOtlpExporter(exporter => Configure(exporter, "logs"))));

        var ids = SendSpans(source, loggers.CreateLogger(service + ".logger"));
        SendPoints(meter);
        Flush(traces.ForceFlush(10_000), "traces");
        // Not flushed: the provider exports once more when it ends.
        Flush(metrics.Shutdown(10_000), "metrics");
        return ids;
    }

    private static SentIds SendSpans(ActivitySource source, ILogger logger)
    {
        using var server = source.StartActivity("GET /cart/{id}", ActivityKind.Server)!;
        server.SetTag("text", "Grüße, 世界 🌍 \"quoted\" \\ \t")
            .SetTag("empty", "")
            .SetTag("int", -42)
            .SetTag("big", 9007199254740991L)
            .SetTag("double", 0.25)
            .SetTag("yes", true)
            .SetTag("no", false)
            .SetTag("texts", new[] { "a", "", "ü" })
            .SetTag("ints", new[] { 1, -2, 300 })
            .SetTag("doubles", new[] { 0.5, 2.25 })
            .SetTag("bools", new[] { true, false });
        Log.PaymentFailed(logger, -42, 0.25, true);
        var link = new ActivityLink(
            new(ActivityTraceId.CreateFromString("0af7651916cd43dd8448eb211c80319c"), ActivitySpanId.CreateFromString("00f067aa0ba902b7"), ActivityTraceFlags.Recorded),
            new ActivityTagsCollection { ["link.kind"] = "batch" });
        using var client = source.StartActivity(ActivityKind.Client, server.Context, links: [link], name: "charge")!;
        client.AddEvent(new("exception", tags: new ActivityTagsCollection { ["exception.type"] = "TimeoutError", ["exception.escaped"] = false }));
        client.SetStatus(ActivityStatusCode.Error, "gave up");
        server.SetStatus(ActivityStatusCode.Error);
        return new(server.TraceId.ToHexString(), server.SpanId.ToHexString(), client.SpanId.ToHexString());
    }

    private static void SendPoints(Meter meter)
    {
        meter.CreateCounter<long>("requests", "{request}", "Requests taken").Add(3, new("route", "/cart"), new("code", 200));
        meter.CreateObservableGauge("load", () => new Measurement<double>(0.75, new KeyValuePair<string, object?>("core", 0)));
        var histogram = meter.CreateHistogram<double>("latency", "s");
        var exponential = meter.CreateHistogram<double>("latency.exponential", "s");
        foreach (double value in new[] { 0.001, 0.02, 0.5, 0.5, 4 })
        {
            histogram.Record(value, new KeyValuePair<string, object?>("method", "GET"));
            exponential.Record(value, new KeyValuePair<string, object?>("method", "GET"));
        }
    }

    private static void Flush(bool done, string what)
    {
        if (!done)
        {
            throw new InvalidOperationException($"The exporter could not send its {what}.");
        }
    }

    private void Configure(OtlpExporterOptions options, string signal)
    {
        options.Protocol = protocol;
        options.Endpoint = protocol == OtlpExportProtocol.Grpc ? endpoint : new(endpoint, "/v1/" + signal);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "payment failed: {Amount} {Share} {Final}", EventName = "payment.failed")]
        public static partial void PaymentFailed(ILogger logger, int amount, double share, bool final);
    }
}
