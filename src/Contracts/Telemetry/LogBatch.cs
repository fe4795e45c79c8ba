namespace MeshInsight.Contracts.Telemetry;

/// <summary>One OTLP LogRecord (logs.proto).</summary>
/// <param name="Body">Text; JSON when the body was a number, truth value or structure; base64 text when it was bytes.</param>
/// <param name="BodyKind">Text, Json, or Empty when there was no body.</param>
public readonly record struct LogRow(
    long TimeUnixNano,
    long ObservedTimeUnixNano,
    TraceId TraceId,
    SpanId SpanId,
    uint Flags,
    byte SeverityNumber,
    int SeverityText,
    TextRef Body,
    int EventName,
    int Resource,
    int Scope,
    RowRange Attributes,
    AttributeKind BodyKind = AttributeKind.Text);

/// <summary>How far a batch was filled.</summary>
internal readonly record struct LogMark(TelemetryMark Shared, int Logs);

/// <summary>Log records of one batch. See <see cref="TelemetryBatch"/> for ownership.</summary>
public sealed class LogBatch : TelemetryBatch
{
    public Column<LogRow> Logs { get; } = new();

    public int Count => Logs.Count;

    internal LogMark Mark() => new(MarkShared(), Count);

    /// <summary>Forgets what was added since the mark.</summary>
    internal void Rollback(in LogMark mark)
    {
        RollbackShared(mark.Shared);
        Logs.Truncate(mark.Logs);
    }

    public override void Clear()
    {
        base.Clear();
        Logs.Clear();
    }
}
