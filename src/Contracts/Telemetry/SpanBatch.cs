namespace MeshInsight.Contracts.Telemetry;

/// <summary>OTLP <c>Span.SpanKind</c> (trace.proto).</summary>
public enum SpanKind : byte
{
    Unspecified,
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

/// <summary>OTLP <c>Status.StatusCode</c> (trace.proto).</summary>
public enum SpanStatus : byte
{
    Unset,
    Ok,
    Error,
}

public readonly record struct SpanEventRow(long TimeUnixNano, int Name, RowRange Attributes);

public readonly record struct SpanLinkRow(TraceId TraceId, SpanId SpanId, TextRef TraceState, RowRange Attributes);

/// <summary>How far a batch was filled.</summary>
internal readonly record struct SpanMark(TelemetryMark Shared, int Spans, int Events, int Links);

/// <summary>Spans as columns: row i of every column belongs to span i. See <see cref="TelemetryBatch"/> for ownership.</summary>
public sealed class SpanBatch : TelemetryBatch
{
    public int Count => TraceIds.Count;

    public Column<TraceId> TraceIds { get; } = new();

    public Column<SpanId> SpanIds { get; } = new();

    public Column<SpanId> ParentIds { get; } = new();

    public Column<long> StartUnixNanos { get; } = new();

    /// <summary>Nanoseconds; 0 when a peer sent an end before its start.</summary>
    public Column<long> DurationNanos { get; } = new();

    /// <summary>Span name, a symbol.</summary>
    public Column<int> Names { get; } = new();

    public Column<SpanKind> Kinds { get; } = new();

    public Column<SpanStatus> Statuses { get; } = new();

    public Column<TextRef> StatusMessages { get; } = new();

    public Column<TextRef> TraceStates { get; } = new();

    /// <summary>W3C trace flags in the low 8 bits, OTLP's "parent is remote" bits 8 and 9.</summary>
    public Column<uint> Flags { get; } = new();

    /// <summary>Row in <see cref="TelemetryBatch.Resources"/>.</summary>
    public Column<int> ResourceRows { get; } = new();

    /// <summary>Row in <see cref="TelemetryBatch.Scopes"/>.</summary>
    public Column<int> ScopeRows { get; } = new();

    public Column<RowRange> AttributeRows { get; } = new();

    /// <summary>Rows in <see cref="Events"/>.</summary>
    public Column<RowRange> EventRows { get; } = new();

    /// <summary>Rows in <see cref="Links"/>.</summary>
    public Column<RowRange> LinkRows { get; } = new();

    public Column<SpanEventRow> Events { get; } = new();

    public Column<SpanLinkRow> Links { get; } = new();

    public SpanRecord this[int row] => new(this, row);

    /// <summary>Adds one span. Side rows (attributes, events, links) were added before; their ranges come with it.</summary>
    public void Add(
        TraceId traceId,
        SpanId spanId,
        SpanId parentId,
        long startUnixNano,
        long durationNano,
        int name,
        SpanKind kind,
        SpanStatus status,
        TextRef statusMessage,
        TextRef traceState,
        uint flags,
        int resource,
        int scope,
        RowRange attributes,
        RowRange events = default,
        RowRange links = default)
    {
        TraceIds.Add(traceId);
        SpanIds.Add(spanId);
        ParentIds.Add(parentId);
        StartUnixNanos.Add(startUnixNano);
        DurationNanos.Add(Math.Max(0, durationNano));
        Names.Add(name);
        Kinds.Add(kind);
        Statuses.Add(status);
        StatusMessages.Add(statusMessage);
        TraceStates.Add(traceState);
        Flags.Add(flags);
        ResourceRows.Add(resource);
        ScopeRows.Add(scope);
        AttributeRows.Add(attributes);
        EventRows.Add(events);
        LinkRows.Add(links);
    }

    internal SpanMark Mark() => new(MarkShared(), Count, Events.Count, Links.Count);

    /// <summary>Forgets what was added since the mark.</summary>
    internal void Rollback(in SpanMark mark)
    {
        RollbackShared(mark.Shared);
        Events.Truncate(mark.Events);
        Links.Truncate(mark.Links);
        int count = mark.Spans;
        TraceIds.Truncate(count);
        SpanIds.Truncate(count);
        ParentIds.Truncate(count);
        StartUnixNanos.Truncate(count);
        DurationNanos.Truncate(count);
        Names.Truncate(count);
        Kinds.Truncate(count);
        Statuses.Truncate(count);
        StatusMessages.Truncate(count);
        TraceStates.Truncate(count);
        Flags.Truncate(count);
        ResourceRows.Truncate(count);
        ScopeRows.Truncate(count);
        AttributeRows.Truncate(count);
        EventRows.Truncate(count);
        LinkRows.Truncate(count);
    }

    public override void Clear()
    {
        base.Clear();
        TraceIds.Clear();
        SpanIds.Clear();
        ParentIds.Clear();
        StartUnixNanos.Clear();
        DurationNanos.Clear();
        Names.Clear();
        Kinds.Clear();
        Statuses.Clear();
        StatusMessages.Clear();
        TraceStates.Clear();
        Flags.Clear();
        ResourceRows.Clear();
        ScopeRows.Clear();
        AttributeRows.Clear();
        EventRows.Clear();
        LinkRows.Clear();
        Events.Clear();
        Links.Clear();
    }
}
