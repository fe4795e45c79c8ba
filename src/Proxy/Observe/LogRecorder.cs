using System.Buffers;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Proxy.Observe;

/// <summary>Access log lines as OTLP log records on their way to the collector: the line as body, what one filters by as attributes.</summary>
/// <param name="mode">Which requests get a record.</param>
internal sealed class LogRecorder(Workload self, AccessLogMode mode, TimeProvider time, TelemetryCounters counters, Action wake) : BatchRecorder<LogBatch>(wake), IExportSource
{
    // OpenTelemetry log data model, severity numbers.
    private const byte Info = 9;
    private const byte Warn = 13;
    private const byte Error = 17;

    public AccessLogMode Mode => mode;

    public string Method => "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

    /// <param name="line">A JSON object; not kept.</param>
    public void Add(Exchange exchange, ReadOnlySpan<byte> line, bool isFailure)
    {
        long now = UnixTime.Nanos(time.GetUtcNow());
        lock (Gate)
        {
            if (RoomLocked() is { } batch)
            {
                Write(batch, exchange, line, isFailure, now);
            }
        }
    }

    public bool TryEncode(IBufferWriter<byte> output, bool isLast, out int items)
    {
        items = 0;
        if (Take() is not { } batch)
        {
            return false;
        }

        try
        {
            items = batch.Count;
            OtlpLogs.Encode(batch, output);
            return true;
        }
        finally
        {
            Return(batch);
        }
    }

    public void CountSent(int items) => counters.CountLogsSent(items);

    public void CountDropped(int items, DropReason reason) => counters.DropLogs(items, reason);

    protected override int Count(LogBatch batch) => batch.Count;

    protected override void Prepare(LogBatch batch) => TelemetrySource.Add(batch, self);

    protected override void CountDropped() => counters.DropLogs(1, DropReason.QueueFull);

    private static void Write(LogBatch batch, Exchange exchange, ReadOnlySpan<byte> line, bool isFailure, long now)
    {
        var attributes = batch.Attributes;
        int first = attributes.Count;
        attributes.AddText("http.request.method", exchange.Context.Request.Method);
        attributes.AddInt("http.response.status_code"u8, exchange.Status);
        if (exchange.Flags != ResponseFlags.None)
        {
            attributes.AddText(MeshAttributes.ResponseFlags, exchange.Flags.ToCodes());
        }

        if (exchange.RouteName.Length > 0)
        {
            attributes.AddText(MeshAttributes.Route, exchange.RouteName);
        }

        bool isError = exchange.Status >= 500 || Exchange.IsGrpcFailure(exchange.GrpcStatus);
        batch.Logs.Add(new(
            now,
            now,
            exchange.Trace.TraceId,
            exchange.IsInbound ? exchange.ServerSpanId : exchange.LastAttempt?.SpanId ?? default,
            exchange.Trace.Flags,
            isError ? Error : isFailure ? Warn : Info,
            batch.Symbols.Add(isError ? "ERROR"u8 : isFailure ? "WARN"u8 : "INFO"u8),
            batch.Text.Add(line),
            batch.Symbols.Add(isFailure ? "mesh.request.failed"u8 : "mesh.request"u8),
            0,
            0,
            new(first, attributes.Count - first)));
    }
}
