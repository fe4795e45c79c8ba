using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Proxy.Observe;

/// <summary>
/// Collects spans into batches, a short lock per span, and hands full ones to the exporter. A fixed number of batches exists: when all are
/// full or being sent, spans are dropped and counted, and requests never wait.
/// </summary>
internal sealed class SpanRecorder : IDisposable
{
    public const int SpansPerBatch = 512;
    private const int Batches = 16;

    private readonly Lock _lock = new();
    private readonly Workload _self;
    private readonly TimeProvider _time;
    private readonly TelemetryCounters _counters;
    private readonly Stack<SpanBatch> _free = new(Batches);
    private readonly Queue<SpanBatch> _full = new(Batches);
    private readonly SemaphoreSlim _ready = new(0);
    private SpanBatch? _current;
    private int _made;

    public SpanRecorder(Workload self, TimeProvider time, TelemetryCounters counters)
    {
        _self = self;
        _time = time;
        _counters = counters;
        _current = TakeFreeLocked();
    }

    public void RecordServer(Exchange exchange)
    {
        long nanos = Nanos(exchange.StartTimestamp);
        lock (_lock)
        {
            if (RoomLocked() is { } batch)
            {
                SpanWriter.WriteServer(batch, exchange, nanos);
            }
        }
    }

    public void RecordClient(Exchange exchange, AttemptRecord attempt)
    {
        long nanos = Nanos(attempt.StartTimestamp);
        lock (_lock)
        {
            if (RoomLocked() is { } batch)
            {
                SpanWriter.WriteClient(batch, exchange, attempt, nanos);
            }
        }
    }

    /// <summary>Returns when a batch is full or <paramref name="atMost"/> has passed.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _ready.WaitAsync(atMost, cancellationToken);

    /// <summary>The next batch to send: a full one, or what there is; null when there is none. <see cref="Return"/> it when done.</summary>
    public SpanBatch? Take()
    {
        lock (_lock)
        {
            if (_full.TryDequeue(out var full))
            {
                return full;
            }

            if (_current is not { Count: > 0 } started)
            {
                return null;
            }

            _current = TakeFreeLocked();
            return started;
        }
    }

    public void Return(SpanBatch batch)
    {
        batch.Clear();
        SpanSymbols.Prepare(batch, _self);
        lock (_lock)
        {
            _free.Push(batch);
        }
    }

    public void Dispose() => _ready.Dispose();

    private long Nanos(long since) => (long)(_time.GetElapsedTime(since).Ticks * 100L);

    private SpanBatch? RoomLocked()
    {
        if (_current is { Count: >= SpansPerBatch } done)
        {
            _full.Enqueue(done);
            _current = TakeFreeLocked();
            _ready.Release();
        }

        _current ??= TakeFreeLocked();
        if (_current is null)
        {
            _counters.DropSpans(1, DropReason.QueueFull);
        }

        return _current;
    }

    private SpanBatch? TakeFreeLocked()
    {
        if (_free.TryPop(out var batch))
        {
            return batch;
        }

        if (_made == Batches)
        {
            return null;
        }

        _made++;
        var made = new SpanBatch();
        SpanSymbols.Prepare(made, _self);
        return made;
    }
}
