using MeshInsight.Grpc.Client;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Export;
using MeshInsight.Proxy.Logs;
using MeshInsight.Proxy.Metrics;
using MeshInsight.Proxy.Observe;
using MeshInsight.Proxy.Settings;
using MeshInsight.Proxy.Spans;

namespace MeshInsight.Proxy;

/// <summary>What a sidecar tells of the requests it sees: their book, and where spans, metrics and lines go from there.</summary>
internal sealed class SidecarTelemetry : IDisposable
{
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(2);

    private readonly Stream _lines;
    private readonly ExportSignal _signal = new();
    private readonly GrpcChannel? _channel;
    private readonly OtlpExporter? _exporter;
    private readonly CancellationTokenSource _flushing;

    /// <param name="lines">Where access log lines are written.</param>
    /// <param name="connections">Goes to the collector beside what requests count.</param>
    public SidecarTelemetry(ProxyOptions options, Stream lines, ConnectionMetrics connections, TimeProvider time, Random random, ILogger logger)
    {
        _lines = lines;
        _flushing = new(Timeout.InfiniteTimeSpan, time);
        Metrics = new(time, keepsExemplars: options.OtlpUrl is not null);
        SpanRecorder? spans = null;
        LogRecorder? records = null;
        if (options.OtlpUrl is { } url)
        {
            spans = new(options.Self, Counters, _signal.Wake);
            records = new(options.Self, options.AccessLogRecords, time, Counters, _signal.Wake);
            _channel = new(url, new() { Clock = time });
            _exporter = new(_channel, _signal, [spans, records, new MetricSource(Metrics, [connections], options.Self, time)], Counters, time, random, logger);
        }

        AccessLog = new(options.AccessLog, records, Counters, time);
        Observer = new(spans, Metrics, AccessLog, new OpenInbound(), Why, time, random);
    }

    public TelemetryCounters Counters { get; } = new();

    public RequestMetrics Metrics { get; }

    public AccessLog AccessLog { get; }

    /// <summary>Who may ask why.</summary>
    public WhyGate Why { get; } = new();

    public RequestObserver Observer { get; }

    public Task RunAsync(CancellationToken stopping) =>
        Task.WhenAll(AccessLog.RunAsync(_lines, stopping), _exporter?.RunAsync(stopping, _flushing.Token) ?? Task.CompletedTask);

    /// <summary>From now on what is left has two seconds to be sent.</summary>
    public void LimitFlush() => _flushing.CancelAfter(FlushTime);

    public Task FlushAsync() => _exporter?.FlushAsync(_flushing.Token) ?? Task.CompletedTask;

    public void Dispose()
    {
        _channel?.Dispose();
        _signal.Dispose();
        _flushing.Dispose();
    }
}
