using System.Collections.Concurrent;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Receive;

/// <summary>Batches to decode into. Keeps a few of ordinary size; a rare giant is left to the garbage collector. Thread-safe.</summary>
internal sealed class BatchPool<T>(int kept, long largestBytes)
    where T : TelemetryBatch, new()
{
    private readonly ConcurrentBag<T> _batches = [];

    public T Rent() => _batches.TryTake(out var batch) ? batch : new();

    public void Return(T batch)
    {
        if (_batches.Count < kept && BatchSize.Of(batch) <= largestBytes)
        {
            batch.Clear();
            _batches.Add(batch);
        }
    }
}
