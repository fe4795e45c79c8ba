using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Otlp.Records;
using MeshInsight.Proxy.Export;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Logs;

/// <summary>Access log lines as OTLP log records on their way to the collector: <see cref="AccessLogText"/> as body, what one filters by as attributes.</summary>
/// <param name="mode">Which requests get a record.</param>
internal sealed class LogRecorder(Workload self, AccessLogMode mode, TimeProvider time, TelemetryCounters counters, Action wake)
    : BatchRecorder<LogRequest>(() => new(TelemetrySource.Of(self)), wake)
{
    public AccessLogMode Mode => mode;

    public override string Method => "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

    /// <param name="line">The body; not kept.</param>
    public void Add(Exchange exchange, ReadOnlySpan<byte> line, bool isFailure)
    {
        long now = UnixTime.Nanos(exchange.StartedAt) + exchange.NanosSinceStart(exchange.EndTimestamp);
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

    public override void CountSent(int items) => counters.CountLogsSent(items);

    public override void CountDropped(int items, DropReason reason) => counters.DropLogs(items, reason);

    private static void Write(LogRequest logs, Exchange exchange, ReadOnlySpan<byte> line, bool isFailure, long now)
    {
        bool isError = exchange.Status >= 500 || Exchange.IsGrpcFailure(exchange.GrpcStatus);
        logs.Begin(
            now,
            isError ? LogSeverity.Error : isFailure ? LogSeverity.Warn : LogSeverity.Info,
            isFailure ? "mesh.request.failed"u8 : "mesh.request"u8,
            line,
            exchange.Trace.TraceId,
            exchange.IsInbound ? exchange.ServerSpanId : exchange.LastAttempt?.SpanId ?? default,
            exchange.Trace.Flags);
        AddText(logs, AttributeKeys.HttpRequestMethod, exchange.Context.Request.Method);
        logs.Int(AttributeKeys.HttpResponseStatusCode, exchange.Status);
        if (exchange.Flags != ResponseFlags.None)
        {
            AddText(logs, AttributeKeys.ResponseFlags, exchange.Flags.ToCodes());
        }

        AddText(logs, AttributeKeys.Route, exchange.RouteName);
        AddText(logs, AttributeKeys.Priority, exchange.Priority.Text());
        AddText(logs, AttributeKeys.PolicyNote, exchange.PolicyNote);
        if (isFailure || exchange.PolicyNote.Length > 0)
        {
            AddText(logs, AttributeKeys.PeerPrincipal, exchange.PeerPrincipal);
        }

        if (exchange.Fault is { } fault)
        {
            AddText(logs, AttributeKeys.Fault, fault.Kind);
            AddText(logs, AttributeKeys.FaultInjection, fault.Name);
        }

        logs.End();
    }

    // A connection is in no trace.
    private static void Write(LogRequest logs, TcpRecord record, ReadOnlySpan<byte> line, bool isFailure, long now)
    {
        logs.Begin(now, isFailure ? LogSeverity.Warn : LogSeverity.Info, isFailure ? "mesh.connection.failed"u8 : "mesh.connection"u8, line, default, default, 0);
        if (isFailure)
        {
            AddText(logs, AttributeKeys.ResponseFlags, record.Flags.ToCodes());
        }

        AddText(logs, AttributeKeys.Route, record.RouteName);
        AddText(logs, AttributeKeys.PolicyNote, record.PolicyNote);
        AddText(logs, AttributeKeys.PeerPrincipal, record.PeerPrincipal);
        logs.End();
    }

    private static void AddText(LogRequest logs, AttributeKey key, string text)
    {
        if (text.Length > 0)
        {
            logs.Text(key, text);
        }
    }
}
