using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Proxy.Export;

/// <summary>
/// Collects records into batches, a short lock per record, and hands full ones to the exporter. A fixed number of batches exists: when all are
/// full or being sent, records are dropped and counted, and requests never wait.
/// </summary>
internal abstract class BatchRecorder<TBatch>
    where TBatch : TelemetryBatch, new()
{
    // A request to the collector costs as much as a few hundred records in it.
    public const int RecordsPerBatch = 2048;

    // With their keys, records stay below the 4 MB that gRPC servers take by default.
    private const int TextBytesPerBatch = 1024 * 1024;

    // One fills, one is being encoded, two wait.
    private const int Batches = 4;

    private readonly Stack<TBatch> _free = new(Batches);
    private readonly Queue<TBatch> _full = new(Batches);
    private readonly Action _wake;
    private TBatch? _current;
    private int _made;

    /// <param name="wake">Called with the lock held whenever a batch is full.</param>
    protected BatchRecorder(Action wake) => _wake = wake;

    protected Lock Gate { get; } = new();

    /// <summary>The next batch to send; null when none is due. <see cref="Return"/> it when done.</summary>
    public TBatch? Take(ExportDue due)
    {
        lock (Gate)
        {
            if (_full.TryDequeue(out var full))
            {
                return full;
            }

            if (due == ExportDue.Full || _current is not { } started || Count(started) == 0)
            {
                return null;
            }

            _current = TakeFreeLocked();
            return started;
        }
    }

    public void Return(TBatch batch)
    {
        batch.Clear();
        Prepare(batch);
        lock (Gate)
        {
            _free.Push(batch);
        }
    }

    protected abstract int Count(TBatch batch);

    /// <summary>Makes an empty batch ready for records.</summary>
    protected abstract void Prepare(TBatch batch);

    protected abstract void CountDropped();

    /// <returns>The batch for one record; null when there is no room, which is counted.</returns>
    protected TBatch? RoomLocked()
    {
        if (_current is { } done && (Count(done) >= RecordsPerBatch || done.Text.SizeBytes >= TextBytesPerBatch))
        {
            _full.Enqueue(done);
            _current = TakeFreeLocked();
            _wake();
        }

        _current ??= TakeFreeLocked();
        if (_current is null)
        {
            CountDropped();
        }

        return _current;
    }

    private TBatch? TakeFreeLocked()
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
        var made = new TBatch();
        Prepare(made);
        return made;
    }
}
