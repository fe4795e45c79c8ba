using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Records;

/// <summary>How grave a log record is, as number and as text (OpenTelemetry log data model).</summary>
public enum LogSeverity : byte
{
    Info = 9,
    Warn = 13,
    Error = 17,
}

/// <summary>An ExportLogsServiceRequest: <see cref="Begin"/>, then attributes, then <see cref="OtlpRequest.End"/>.</summary>
public sealed class LogRequest(OtlpSource source) : OtlpRequest(source, LogFields.Attributes)
{
    private const byte Time = (LogFields.Time << 3) | (int)WireType.Fixed64;
    private const byte SeverityNumber = (LogFields.SeverityNumber << 3) | (int)WireType.Varint;
    private const byte SeverityText = (LogFields.SeverityText << 3) | (int)WireType.Length;
    private const byte Body = (LogFields.Body << 3) | (int)WireType.Length;
    private const byte Trace = (LogFields.TraceId << 3) | (int)WireType.Length;
    private const byte Id = (LogFields.SpanId << 3) | (int)WireType.Length;
    private const byte ObservedTime = (LogFields.ObservedTime << 3) | (int)WireType.Fixed64;
    private const byte EventName = (LogFields.EventName << 3) | (int)WireType.Length;

    /// <param name="unixNano">When it happened, and was observed.</param>
    /// <param name="body">UTF-8, taken as it is.</param>
    /// <param name="traceId">Empty for a record of no trace.</param>
    public void Begin(long unixNano, LogSeverity severity, ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> body, TraceId traceId, SpanId spanId, uint flags)
    {
        BeginRecord();
        Buffer.Fixed64(Time, (ulong)unixNano);
        Buffer.Number(SeverityNumber, (ulong)severity);
        Buffer.Bytes(SeverityText, severity switch { LogSeverity.Error => "ERROR"u8, LogSeverity.Warn => "WARN"u8, _ => "INFO"u8 });
        int mark = Buffer.Begin(Body);
        Buffer.Bytes(WireTag.TextValue, body);
        Buffer.End(mark);
        if (!traceId.IsEmpty)
        {
            traceId.Write(Buffer.Short(Trace, TraceId.SizeBytes));
            Buffer.Fixed32(LogFields.Flags, flags);
        }

        if (!spanId.IsEmpty)
        {
            spanId.Write(Buffer.Short(Id, SpanId.SizeBytes));
        }

        Buffer.Fixed64(ObservedTime, (ulong)unixNano);
        Buffer.Bytes(EventName, eventName);
    }
}
