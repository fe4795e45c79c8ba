namespace MeshInsight.Contracts.Telemetry;

/// <summary>One span of a batch, read in place.</summary>
public readonly struct SpanRecord(SpanBatch batch, int row)
{
    public SpanBatch Batch => batch;

    public int Row => row;

    public TraceId TraceId => batch.TraceIds[row];

    public SpanId SpanId => batch.SpanIds[row];

    public SpanId ParentId => batch.ParentIds[row];

    public long StartUnixNano => batch.StartUnixNanos[row];

    public long DurationNano => batch.DurationNanos[row];

    public long EndUnixNano => StartUnixNano + DurationNano;

    public SpanKind Kind => batch.Kinds[row];

    public SpanStatus Status => batch.Statuses[row];

    public ReadOnlySpan<byte> Name => batch.Symbols[batch.Names[row]];

    public ResourceRow Resource => batch.Resources[batch.ResourceRows[row]];

    public ReadOnlySpan<byte> ServiceName => batch.Symbols[Resource.ServiceName];

    public ReadOnlySpan<byte> ServiceVersion => batch.Symbols[Resource.ServiceVersion];

    public ReadOnlySpan<byte> ServiceInstance => batch.Symbols[Resource.ServiceInstance];

    public RowRange Attributes => batch.AttributeRows[row];

    /// <summary>The row of an attribute in <see cref="TelemetryBatch.Attributes"/>, or -1.</summary>
    public int FindAttribute(ReadOnlySpan<byte> key) => batch.Attributes.Find(Attributes, key);

    /// <summary>Text of an attribute; empty when absent or of another kind.</summary>
    public ReadOnlySpan<byte> TextAttribute(ReadOnlySpan<byte> key)
    {
        int found = FindAttribute(key);
        return found >= 0 && batch.Attributes.Kind(found) == AttributeKind.Text ? batch.Text[batch.Attributes.Text(found)] : default;
    }
}
