using MeshInsight.Collector.Receive;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Assemble;

/// <summary>A span where it was received.</summary>
internal readonly record struct SpanPlace(ReceivedBatch Batch, int Row)
{
    public SpanRecord Span => Batch.Spans[Row];
}

/// <summary>What ended the wait for a trace.</summary>
internal enum DecisionCause
{
    /// <summary>No span came for a while.</summary>
    Quiet,

    /// <summary>Spans kept coming, but the longest wait is over.</summary>
    Age,

    /// <summary>The memory or trace ceiling was reached and this was the oldest.</summary>
    Memory,

    /// <summary>The trace has more spans than are held for one.</summary>
    Spans,

    /// <summary>The program ends.</summary>
    Shutdown,
}

/// <summary>
/// Spans of one trace, left in the batches they came in: dropping a trace copies nothing. Valid until its decision returns; not thread-safe.
/// </summary>
internal sealed class PendingTrace
{
    private SpanPlace[] _spans = new SpanPlace[8];

    public TraceId TraceId { get; private set; }

    public int Count { get; private set; }

    public ReadOnlySpan<SpanPlace> Spans => _spans.AsSpan(0, Count);

    internal int CapacitySpans => _spans.Length;

    public bool HasRoot { get; private set; }

    internal long FirstSeenNanos { get; private set; }

    internal long LastSeenNanos { get; private set; }

    /// <summary>Neighbours in order of arrival.</summary>
    internal PendingTrace? Older { get; set; }

    internal PendingTrace? Younger { get; set; }

    internal bool IsDecided { get; set; }

    internal void Start(TraceId traceId, long nowNanos)
    {
        TraceId = traceId;
        FirstSeenNanos = nowNanos;
        IsDecided = false;
    }

    internal void Add(SpanPlace place, long nowNanos)
    {
        if (Count == _spans.Length)
        {
            Array.Resize(ref _spans, Count * 2);
        }

        _spans[Count++] = place;
        LastSeenNanos = nowNanos;
        HasRoot |= place.Batch.Spans.ParentIds[place.Row].IsEmpty;
    }

    internal void Clear()
    {
        Array.Clear(_spans, 0, Count);
        Count = 0;
        HasRoot = false;
        Older = null;
        Younger = null;
    }
}
