using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Grpc.Failures;
using MeshInsight.Grpc.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace MeshInsight.Proxy.Tests.Support;

/// <summary>A span as a test looks at it.</summary>
internal sealed record SeenSpan(
    TraceId TraceId, SpanId SpanId, SpanId ParentId, string Name, SpanKind Kind, SpanStatus Status, string Service, string Instance, IReadOnlyDictionary<string, string> Attributes, long StartUnixNano, long DurationNano, string TraceState)
{
    public IReadOnlyList<(string Name, string Text)> Events { get; init; } = [];

    public string this[string key] => Attributes.GetValueOrDefault(key, "");
}

/// <summary>A collector that only keeps: OTLP over real gRPC.</summary>
internal sealed class OtlpSink : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly WebApplication _app;
    private readonly Lock _lock = new();
    private readonly List<SeenSpan> _spans = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private OtlpSink(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port, l => l.Protocols = HttpProtocols.Http2));
        _app = builder.Build();
        _app.MapGrpcRaw("/opentelemetry.proto.collector.trace.v1.TraceService/Export", (request, _, _) => Take(request, TakeSpans));
        _app.MapGrpcRaw("/opentelemetry.proto.collector.logs.v1.LogsService/Export", (request, _, _) => Take(request, TakeLogs));
        _app.MapGrpcRaw("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", (request, _, _) => Take(request, TakeMetrics));
    }

    public Uri Url => new(_app.Urls.First());

    /// <summary>The newest export of metrics; null before the first.</summary>
    public MetricBatch? Metrics { get; private set; }

    public ConcurrentQueue<LogBatch> Logs { get; } = new();

    /// <summary>When set, every export fails with it.</summary>
    public GrpcException? Failure { get; set; }

    /// <summary>Every export is taken at once, and answered when this has ended.</summary>
    public Task Answering { get; set; } = Task.CompletedTask;

    public static async Task<OtlpSink> StartAsync(int port = 0)
    {
        var sink = new OtlpSink(port);
        await sink._app.StartAsync();
        return sink;
    }

    /// <summary>Waits until <paramref name="count"/> spans that fit have come, and returns all that fit.</summary>
    public async Task<IReadOnlyList<SeenSpan>> SpansAsync(int count, Func<SeenSpan, bool>? fits = null)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            Task changed;
            List<SeenSpan> found;
            lock (_lock)
            {
                found = _spans.FindAll(s => fits?.Invoke(s) ?? true);
                changed = _changed.Task;
            }

            if (found.Count >= count)
            {
                return found;
            }

            try
            {
                await changed.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"{found.Count} of {count} spans came: {string.Join(", ", found.Select(s => s.Name))}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private ValueTask Take(ReadOnlySequence<byte> request, Action<ReadOnlySequence<byte>> take)
    {
        if (Failure is { } failure)
        {
            throw failure;
        }

        take(request);
        return new(Answering);
    }

    private void TakeMetrics(ReadOnlySequence<byte> request)
    {
        var batch = new MetricBatch();
        Assert.True(OtlpMetrics.Decode(request, batch).Ok);
        Metrics = batch;
    }

    private void TakeLogs(ReadOnlySequence<byte> request)
    {
        var batch = new LogBatch();
        Assert.True(OtlpLogs.Decode(request, batch).Ok);
        Logs.Enqueue(batch);
    }

    private void TakeSpans(ReadOnlySequence<byte> request)
    {
        var batch = new SpanBatch();
        var result = OtlpTraces.Decode(request, batch);
        Assert.True(result.Ok, result.Reason);
        lock (_lock)
        {
            for (int row = 0; row < batch.Count; row++)
            {
                _spans.Add(Read(batch, batch[row]));
            }

            _changed.TrySetResult();
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private static SeenSpan Read(SpanBatch batch, SpanRecord span)
    {
        var attributes = new Dictionary<string, string>();
        for (int row = span.Attributes.Start; row < span.Attributes.End; row++)
        {
            attributes.Add(batch.Symbols.GetString(batch.Attributes.Key(row)), batch.Attributes.GetString(row));
        }

        return new(
            span.TraceId,
            span.SpanId,
            span.ParentId,
            batch.Symbols.GetString(batch.Names[span.Row]),
            span.Kind,
            span.Status,
            batch.Symbols.GetString(span.Resource.ServiceName),
            batch.Symbols.GetString(span.Resource.ServiceInstance),
            attributes,
            span.StartUnixNano,
            span.DurationNano,
            batch.Text.GetString(batch.TraceStates[span.Row]))
        {
            Events = [.. Enumerable.Range(batch.EventRows[span.Row].Start, batch.EventRows[span.Row].Count).Select(row =>
                (batch.Symbols.GetString(batch.Events[row].Name), batch.Attributes.GetString(batch.Events[row].Attributes.Start)))],
        };
    }
}
