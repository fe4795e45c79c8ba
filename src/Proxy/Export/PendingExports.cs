using System.Buffers;

namespace MeshInsight.Proxy.Export;

/// <summary>One encoded request that waits to be sent, in memory that it has rented.</summary>
internal sealed class PendingExport : IDisposable
{
    private readonly byte[] _rented;

    public PendingExport(IExportSource source, ReadOnlySpan<byte> payload, int items)
    {
        (Source, Items) = (source, items);
        _rented = ArrayPool<byte>.Shared.Rent(payload.Length);
        payload.CopyTo(_rented);
        Payload = _rented.AsMemory(0, payload.Length);
    }

    public IExportSource Source { get; }

    public ReadOnlyMemory<byte> Payload { get; }

    public int Items { get; }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_rented);
}

/// <summary>Encoded requests in order, bounded by size: while the collector is away the newest telemetry is worth more than the oldest. One user.</summary>
internal sealed class PendingExports(int limitBytes)
{
    private readonly Queue<PendingExport> _queue = new();
    private long _sizeBytes;

    public bool IsEmpty => _queue.Count == 0;

    /// <summary>Adds at the end; the oldest give way and are counted as dropped.</summary>
    public void Add(PendingExport export)
    {
        _queue.Enqueue(export);
        _sizeBytes += export.Payload.Length;
        while (_sizeBytes > limitBytes)
        {
            DropFirst(DropReason.RetryBufferFull);
        }
    }

    public PendingExport Peek() => _queue.Peek();

    public void RemoveFirst()
    {
        using var export = _queue.Dequeue();
        _sizeBytes -= export.Payload.Length;
    }

    public void DropFirst(DropReason reason)
    {
        var dropped = Peek();
        dropped.Source.CountDropped(dropped.Items, reason);
        RemoveFirst();
    }
}
