using System.Buffers;
using MeshInsight.Contracts.Otlp.Records;

namespace MeshInsight.Proxy.Export;

/// <summary>
/// Collects records into requests to the collector, written out at once under a short lock, and hands full ones to the exporter. A fixed number of requests
/// exists: when all are full or being sent, records are dropped and counted, and nobody waits.
/// </summary>
/// <param name="make">An empty request.</param>
/// <param name="wake">Called with the lock held whenever a request is full.</param>
internal abstract class BatchRecorder<TRequest>(Func<TRequest> make, Action wake) : IExportSource
    where TRequest : OtlpRequest
{
    // A request to the collector costs as much as a few hundred records in it.
    public const int RecordsPerBatch = 2048;

    // Half of what gRPC servers take by default.
    private const int BytesPerBatch = 2 * 1024 * 1024;

    // One fills, one is being sent, two wait.
    private const int Batches = 4;

    private readonly Stack<TRequest> _free = new(Batches);
    private readonly Queue<TRequest> _full = new(Batches);
    private TRequest? _current;
    private int _made;

    public abstract string Method { get; }

    protected Lock Gate { get; } = new();

    public bool TryEncode(IBufferWriter<byte> output, ExportDue due, out int items)
    {
        items = 0;
        if (Take(due) is not { } batch)
        {
            return false;
        }

        items = batch.Count;
        var request = batch.Close();
        request.CopyTo(output.GetSpan(request.Length));
        output.Advance(request.Length);
        Return(batch);
        return true;
    }

    public abstract void CountSent(int items);

    public abstract void CountDropped(int items, DropReason reason);

    /// <summary>The next request to send; null when none is due. <see cref="Return"/> it when done.</summary>
    public TRequest? Take(ExportDue due)
    {
        lock (Gate)
        {
            if (_full.TryDequeue(out var full))
            {
                return full;
            }

            if (due == ExportDue.Full || _current is not { Count: > 0 } started)
            {
                return null;
            }

            _current = TakeFreeLocked();
            return started;
        }
    }

    public void Return(TRequest batch)
    {
        batch.Clear();
        lock (Gate)
        {
            _free.Push(batch);
        }
    }

    /// <returns>The request that takes one more record; null when there is no room, which is counted.</returns>
    protected TRequest? RoomLocked()
    {
        if (_current is { } done && (done.Count >= RecordsPerBatch || done.SizeBytes >= BytesPerBatch))
        {
            _full.Enqueue(done);
            _current = TakeFreeLocked();
            wake();
        }

        _current ??= TakeFreeLocked();
        if (_current is null)
        {
            CountDropped(1, DropReason.QueueFull);
        }

        return _current;
    }

    private TRequest? TakeFreeLocked()
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
        return make();
    }
}
