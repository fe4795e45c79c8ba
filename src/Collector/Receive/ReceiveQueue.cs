using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using MeshInsight.Collector.Meters;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Receive;

/// <summary>
/// Spans between the receivers (many threads) and the pipeline (one). Bounded by bytes: what does not fit is refused and the sender told to come again,
/// so that nothing is acknowledged that we cannot hold.
/// </summary>
internal sealed class ReceiveQueue(long capacityBytes, CollectorMeters meters)
{
    private const int KeptBatches = 64;
    private const long LargestKeptBytes = 4 << 20;

    private readonly Channel<ReceivedBatch> _channel = Channel.CreateUnbounded<ReceivedBatch>();
    private readonly MeterCell _queueBytes = meters[MeterTable.QueueBytes];
    private readonly MeterCell _queueBatches = meters[MeterTable.QueueBatches];
    private long _bytes;
    private long _sequence;
    private bool _isClosed;

    public bool IsClosed { get => Volatile.Read(ref _isClosed); private set => Volatile.Write(ref _isClosed, value); }

    public BatchPool<SpanBatch> Pool { get; } = new(KeptBatches, LargestKeptBytes);

    /// <summary>False: full, or closing. The batch stays the caller's.</summary>
    public bool TryAdd(SpanBatch spans)
    {
        var received = new ReceivedBatch(Interlocked.Increment(ref _sequence), spans, Pool);
        long total = Interlocked.Add(ref _bytes, received.SizeBytes);

        // One batch always fits an empty queue, or a capacity below a sender's batch size would refuse it for ever.
        bool fits = total <= capacityBytes || total == received.SizeBytes;
        if (!fits || !_channel.Writer.TryWrite(received))
        {
            Interlocked.Add(ref _bytes, -received.SizeBytes);
            return false;
        }

        _queueBytes.Add(received.SizeBytes);
        _queueBatches.Add(1);
        return true;
    }

    public ValueTask<bool> WaitToReadAsync(CancellationToken cancel) => _channel.Reader.WaitToReadAsync(cancel);

    /// <summary>The batch's bytes are counted elsewhere from here on.</summary>
    public bool TryRead([NotNullWhen(true)] out ReceivedBatch? batch)
    {
        if (!_channel.Reader.TryRead(out batch))
        {
            return false;
        }

        Interlocked.Add(ref _bytes, -batch.SizeBytes);
        _queueBytes.Add(-batch.SizeBytes);
        _queueBatches.Add(-1);
        return true;
    }

    /// <summary>No more is taken in; what is in the queue is still read.</summary>
    public void Close()
    {
        IsClosed = true;
        _channel.Writer.TryComplete();
    }
}
