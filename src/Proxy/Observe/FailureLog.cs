using System.Buffers;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Proxy.Observe;

/// <summary>Failed requests as OTLP log records: the access log line as body, what one filters by as attributes. Bounded per export. Thread-safe.</summary>
internal sealed class FailureLog(Workload self, TelemetryCounters counters, TimeProvider time) : IExportSource
{
    public const int RecordsPerExport = 512;
    private const byte Warn = 13;
    private const byte Error = 17;

    private readonly Lock _lock = new();
    private readonly LogBatch _batch = new();

    public string Method => "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

    /// <param name="line">The access log line, without its line end; not kept.</param>
    public void Add(Exchange exchange, ReadOnlySpan<byte> line)
    {
        lock (_lock)
        {
            if (_batch.Count >= RecordsPerExport)
            {
                counters.DropLogs(1, DropReason.QueueFull);
                return;
            }

            if (_batch.Count == 0)
            {
                TelemetrySource.Add(_batch, self);
            }

            AddLocked(exchange, line);
        }
    }

    public bool TryEncode(IBufferWriter<byte> output, bool isLast, out int items)
    {
        lock (_lock)
        {
            items = _batch.Count;
            if (items == 0)
            {
                return false;
            }

            OtlpLogs.Encode(_batch, output);
            _batch.Clear();
            return true;
        }
    }

    public void CountSent(int items) => counters.CountLogsSent(items);

    public void CountDropped(int items, DropReason reason) => counters.DropLogs(items, reason);

    private void AddLocked(Exchange exchange, ReadOnlySpan<byte> line)
    {
        var attributes = _batch.Attributes;
        int first = attributes.Count;
        attributes.AddText("http.request.method", exchange.Context.Request.Method);
        attributes.AddInt("http.response.status_code"u8, exchange.Status);
        attributes.AddText(MeshAttributes.ResponseFlags, exchange.Flags.ToCodes());
        if (exchange.RouteName.Length > 0)
        {
            attributes.AddText(MeshAttributes.Route, exchange.RouteName);
        }

        bool isError = exchange.Status >= 500 || Exchange.IsGrpcFailure(exchange.GrpcStatus);
        long now = UnixTime.Nanos(time.GetUtcNow());
        _batch.Logs.Add(new(
            now,
            now,
            exchange.Trace.TraceId,
            exchange.IsInbound ? exchange.ServerSpanId : exchange.LastAttempt?.SpanId ?? default,
            exchange.Trace.Flags,
            isError ? Error : Warn,
            _batch.Symbols.Add(isError ? "ERROR"u8 : "WARN"u8),
            _batch.Text.Add(line),
            _batch.Symbols.Add("mesh.request.failed"u8),
            0,
            0,
            new(first, attributes.Count - first)));
    }
}
