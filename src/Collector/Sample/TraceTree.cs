using MeshInsight.Collector.Assemble;
using MeshInsight.Collector.Receive;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Sample;

/// <summary>
/// Who called whom within one trace, and how long each span worked itself. Reused from trace to trace; not thread-safe.
/// Numbers are positions in <see cref="PendingTrace.Spans"/>.
/// </summary>
internal sealed class TraceTree
{
    private readonly Dictionary<SpanId, int> _bySpanId = [];
    private int[] _parents = [];
    private int[] _byStart = [];
    private long[] _starts = [];
    private long[] _covered = [];
    private long[] _coveredUntil = [];
    private bool[] _hasChild = [];
    private bool[] _failed = [];

    public int Count { get; private set; }

    /// <summary>-1 without a parent in the trace.</summary>
    public int Parent(int span) => _parents[span];

    public bool HasChild(int span) => _hasChild[span];

    public bool Failed(int span) => _failed[span];

    /// <summary>Nanoseconds of the span in which none of its children ran.</summary>
    public long SelfNanos(PendingTrace trace, int span) => Math.Max(0, trace.Spans[span].Span.DurationNano - _covered[span]);

    public void Build(PendingTrace trace)
    {
        var spans = trace.Spans;
        Count = spans.Length;
        Reserve(Count);
        _bySpanId.Clear();
        for (int i = 0; i < Count; i++)
        {
            var span = spans[i].Span;
            _bySpanId.TryAdd(span.SpanId, i);
            _byStart[i] = i;
            _starts[i] = span.StartUnixNano;
            _covered[i] = 0;
            _coveredUntil[i] = span.StartUnixNano;
            _hasChild[i] = false;
            _failed[i] = spans[i].Batch.Keys.Failed(span.Batch, span.Row);
        }

        for (int i = 0; i < Count; i++)
        {
            int parent = FindParent(spans[i], i);
            _parents[i] = parent;
            if (parent >= 0)
            {
                _hasChild[parent] = true;
            }
        }

        CoverParents(spans);
    }

    // The app between two sidecar spans may export nothing; then the sidecar's own note joins them.
    private int FindParent(in SpanPlace place, int self)
    {
        var span = place.Span;
        if (!span.ParentId.IsEmpty && _bySpanId.TryGetValue(span.ParentId, out int parent))
        {
            return parent == self ? -1 : parent;
        }

        bool noted = SpanId.TryParse(SpanKeys.Text(span.Batch, span.Row, place.Batch.Keys.InboundSpanId), out var inbound);
        return noted && _bySpanId.TryGetValue(inbound, out parent) && parent != self ? parent : -1;
    }

    // In order of start, the union of the children's times is a running maximum of their ends.
    private void CoverParents(ReadOnlySpan<SpanPlace> spans)
    {
        Array.Sort(_starts, _byStart, 0, Count);
        for (int n = 0; n < Count; n++)
        {
            int child = _byStart[n];
            int parent = _parents[child];
            if (parent < 0)
            {
                continue;
            }

            var span = spans[child].Span;
            long from = Math.Max(span.StartUnixNano, _coveredUntil[parent]);
            long until = Math.Min(span.EndUnixNano, spans[parent].Span.EndUnixNano);
            if (until > from)
            {
                _covered[parent] += until - from;
                _coveredUntil[parent] = until;
            }
        }
    }

    private void Reserve(int count)
    {
        if (_parents.Length >= count)
        {
            return;
        }

        int size = Math.Max(64, count * 2);
        _parents = new int[size];
        _byStart = new int[size];
        _starts = new long[size];
        _covered = new long[size];
        _coveredUntil = new long[size];
        _hasChild = new bool[size];
        _failed = new bool[size];
    }
}
