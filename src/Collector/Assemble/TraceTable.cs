using MeshInsight.Collector.Meters;
using MeshInsight.Collector.Receive;

namespace MeshInsight.Collector.Assemble;

/// <summary>
/// Traces that wait for their spans. Each is handed to the decision once it is quiet, too old, too large, or the oldest when memory runs out; never lost.
/// Times are monotonic nanoseconds. Not thread-safe; the pipeline's thread.
/// </summary>
internal sealed class TraceTable
{
    private const int KeptFree = 4096;
    private const int KeptSpans = 256;

    private readonly AssembleOptions _options;
    private readonly Action<PendingTrace> _decide;
    private readonly Dictionary<Contracts.Telemetry.TraceId, PendingTrace> _traces = [];
    private readonly Stack<PendingTrace> _free = new();
    private readonly DueWheel _wheel;
    private readonly MeterCell[] _decided;
    private readonly MeterCell _heldTraces;
    private readonly MeterCell _heldBytes;
    private PendingTrace? _oldest;
    private PendingTrace? _youngest;

    public TraceTable(AssembleOptions options, long nowNanos, CollectorMeters meters, Action<PendingTrace> decide)
    {
        _options = options;
        _decide = decide;
        _wheel = new(nowNanos, options.MaxWait);
        _decided = [.. Enum.GetValues<DecisionCause>().Select(cause => meters[MeterTable.Decided, CauseName(cause)])];
        _heldTraces = meters[MeterTable.HeldTraces];
        _heldBytes = meters[MeterTable.HeldBytes];
    }

    public int Count => _traces.Count;

    /// <summary>Bytes of batches that still hold an undecided span.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>Call before the rows of a batch are added, and <see cref="EndBatch"/> after.</summary>
    public void BeginBatch(ReceivedBatch batch) => HeldBytes += batch.SizeBytes;

    /// <summary>Takes one span; the batch is held until the span's trace is decided.</summary>
    public void Add(ReceivedBatch batch, int row, long nowNanos)
    {
        var traceId = batch.Spans.TraceIds[row];
        if (!_traces.TryGetValue(traceId, out var trace))
        {
            trace = _free.TryPop(out var free) ? free : new();
            trace.Start(traceId, nowNanos);
            _traces.Add(traceId, trace);
            Append(trace);
            _wheel.Add(trace, nowNanos + Nanos(_options.Quiet));
        }

        batch.Hold();
        trace.Add(new(batch, row), nowNanos);
        if (trace.Count >= _options.MaxSpansPerTrace)
        {
            Decide(trace, DecisionCause.Spans);
        }
    }

    public void EndBatch(ReceivedBatch batch)
    {
        Release(batch);
        while (_oldest is { } oldest && (HeldBytes > _options.MaxBytes || _traces.Count > _options.MaxTraces))
        {
            Decide(oldest, DecisionCause.Memory);
        }

        _heldTraces.Set(_traces.Count);
        _heldBytes.Set(HeldBytes);
    }

    /// <summary>Decides what is due. Call some times a second.</summary>
    public void Advance(long nowNanos)
    {
        while (_wheel.TryTake(nowNanos, out var trace))
        {
            if (trace.IsDecided)
            {
                Recycle(trace);
                continue;
            }

            long age = trace.FirstSeenNanos + Nanos(_options.MaxWait);
            long quiet = trace.LastSeenNanos + Nanos(trace.HasRoot ? _options.Quiet : _options.QuietWithoutRoot);
            if (Math.Min(age, quiet) > nowNanos)
            {
                _wheel.Add(trace, Math.Min(age, quiet));
            }
            else
            {
                Decide(trace, quiet <= nowNanos ? DecisionCause.Quiet : DecisionCause.Age);
                Recycle(trace);
            }
        }

        _heldTraces.Set(_traces.Count);
        _heldBytes.Set(HeldBytes);
    }

    /// <summary>Decides every trace: the program ends.</summary>
    public void DecideAll()
    {
        while (_oldest is { } oldest)
        {
            Decide(oldest, DecisionCause.Shutdown);
        }
    }

    private static long Nanos(TimeSpan span) => span.Ticks * 100;

    private static string CauseName(DecisionCause cause) => cause switch
    {
        DecisionCause.Quiet => "quiet",
        DecisionCause.Age => "age",
        DecisionCause.Memory => "memory",
        DecisionCause.Spans => "spans",
        _ => "shutdown",
    };

    private void Decide(PendingTrace trace, DecisionCause cause)
    {
        _decided[(int)cause].Add(1);
        trace.IsDecided = true;
        _traces.Remove(trace.TraceId);
        Unlink(trace);
        _decide(trace);
        foreach (var place in trace.Spans)
        {
            Release(place.Batch);
        }

        // Still in the wheel; it is recycled when its turn comes there.
        trace.Clear();
    }

    private void Recycle(PendingTrace trace)
    {
        if (_free.Count < KeptFree && trace.CapacitySpans <= KeptSpans)
        {
            _free.Push(trace);
        }
    }

    private void Release(ReceivedBatch batch)
    {
        if (batch.Release())
        {
            HeldBytes -= batch.SizeBytes;
        }
    }

    private void Append(PendingTrace trace)
    {
        trace.Older = _youngest;
        if (_youngest is null)
        {
            _oldest = trace;
        }
        else
        {
            _youngest.Younger = trace;
        }

        _youngest = trace;
    }

    private void Unlink(PendingTrace trace)
    {
        if (trace.Older is null)
        {
            _oldest = trace.Younger;
        }
        else
        {
            trace.Older.Younger = trace.Younger;
        }

        if (trace.Younger is null)
        {
            _youngest = trace.Older;
        }
        else
        {
            trace.Younger.Older = trace.Older;
        }
    }
}
