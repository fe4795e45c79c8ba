namespace MeshInsight.Proxy.Export;

/// <summary>One encoded request that waits to be sent.</summary>
internal sealed record PendingExport(IExportSource Source, RentedBuffer Payload, int Items) : IDisposable
{
    public void Dispose() => Payload.Dispose();
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
        _sizeBytes += export.Payload.Written.Length;
        while (_sizeBytes > limitBytes)
        {
            DropFirst(DropReason.RetryBufferFull);
        }
    }

    public PendingExport Peek() => _queue.Peek();

    public void RemoveFirst()
    {
        using var export = _queue.Dequeue();
        _sizeBytes -= export.Payload.Written.Length;
    }

    public void DropFirst(DropReason reason)
    {
        var dropped = Peek();
        dropped.Source.CountDropped(dropped.Items, reason);
        RemoveFirst();
    }
}
