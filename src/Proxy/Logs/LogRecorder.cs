using System.Buffers;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Export;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Logs;

/// <summary>Access log lines as OTLP log records on their way to the collector: <see cref="AccessLogText"/> as body, what one filters by as attributes.</summary>
/// <param name="mode">Which requests get a record.</param>
internal sealed class LogRecorder(Workload self, AccessLogMode mode, TimeProvider time, TelemetryCounters counters, Action wake) : BatchRecorder<LogBatch>(wake), IExportSource
{
    // OpenTelemetry log data model, severity numbers.
    private const byte Info = 9;
    private const byte Warn = 13;
    private const byte Error = 17;

    public AccessLogMode Mode => mode;

    public string Method => "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

    /// <param name="line">The body; not kept.</param>
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

    /// <inheritdoc cref="Add(Exchange, ReadOnlySpan{byte}, bool)"/>
    public void Add(TcpRecord record, ReadOnlySpan<byte> line, bool isFailure)
    {
        long now = UnixTime.Nanos(time.GetUtcNow());
        lock (Gate)
        {
            if (RoomLocked() is { } batch)
            {
                Write(batch, record, line, isFailure, now);
            }
        }
    }

    public bool TryEncode(IBufferWriter<byte> output, ExportDue due, out int items)
    {
        items = 0;
        if (Take(due) is not { } batch)
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

    protected override void Prepare(LogBatch batch) => LogSymbols.Prepare(batch, self);

    protected override void CountDropped() => counters.DropLogs(1, DropReason.QueueFull);

    private static void Write(LogBatch batch, Exchange exchange, ReadOnlySpan<byte> line, bool isFailure, long now)
    {
        bool isError = exchange.Status >= 500 || Exchange.IsGrpcFailure(exchange.GrpcStatus);
        batch.Logs.Add(new(
            now,
            now,
            exchange.Trace.TraceId,
            exchange.IsInbound ? exchange.ServerSpanId : exchange.LastAttempt?.SpanId ?? default,
            exchange.Trace.Flags,
            isError ? Error : isFailure ? Warn : Info,
            isError ? LogSymbols.Error : isFailure ? LogSymbols.Warn : LogSymbols.Info,
            batch.Text.Add(line),
            isFailure ? LogSymbols.RequestFailed : LogSymbols.Request,
            0,
            0,
            WriteAttributes(batch, exchange, isFailure)));
    }

    // A connection is in no trace.
    private static void Write(LogBatch batch, TcpRecord record, ReadOnlySpan<byte> line, bool isFailure, long now)
    {
        int first = batch.Attributes.Count;
        if (isFailure)
        {
            AddText(batch, LogSymbols.ResponseFlags, record.Flags.ToCodes());
        }

        AddText(batch, LogSymbols.Route, record.RouteName);
        AddText(batch, LogSymbols.PolicyNote, record.PolicyNote);
        AddText(batch, LogSymbols.PeerPrincipal, record.PeerPrincipal);
        batch.Logs.Add(new(
            now,
            now,
            default,
            default,
            0,
            isFailure ? Warn : Info,
            isFailure ? LogSymbols.Warn : LogSymbols.Info,
            batch.Text.Add(line),
            isFailure ? LogSymbols.ConnectionFailed : LogSymbols.Connection,
            0,
            0,
            new(first, batch.Attributes.Count - first)));
    }

    private static RowRange WriteAttributes(LogBatch batch, Exchange exchange, bool isFailure)
    {
        var attributes = batch.Attributes;
        int first = attributes.Count;
        AddText(batch, LogSymbols.HttpRequestMethod, exchange.Context.Request.Method);
        attributes.AddInt(LogSymbols.HttpResponseStatusCode, exchange.Status);
        if (exchange.Flags != ResponseFlags.None)
        {
            AddText(batch, LogSymbols.ResponseFlags, exchange.Flags.ToCodes());
        }

        AddText(batch, LogSymbols.Route, exchange.RouteName);
        AddText(batch, LogSymbols.Priority, exchange.Priority.Text());
        AddText(batch, LogSymbols.PolicyNote, exchange.PolicyNote);
        if (isFailure || exchange.PolicyNote.Length > 0)
        {
            AddText(batch, LogSymbols.PeerPrincipal, exchange.PeerPrincipal);
        }

        if (exchange.Fault is { } fault)
        {
            AddText(batch, LogSymbols.Fault, fault.Kind);
            AddText(batch, LogSymbols.FaultInjection, fault.Name);
        }

        return new(first, attributes.Count - first);
    }

    private static void AddText(LogBatch batch, int key, string text)
    {
        if (text.Length > 0)
        {
            batch.Attributes.AddText(key, batch.Text.Add(text));
        }
    }
}
