using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Receive;

/// <summary>
/// The spans of one request on their way through the stages. The stages hold the batch while rows of it wait for a decision and the last
/// <see cref="Release"/> gives its memory back to the pool; only the pipeline's thread holds and releases.
/// </summary>
internal sealed class ReceivedBatch(long sequence, SpanBatch spans, BatchPool<SpanBatch>? pool = null)
{
    private int _holds = 1;

    /// <summary>Unique in this process, so that a copy may remember what it already took from this batch.</summary>
    public long Sequence => sequence;

    public SpanBatch Spans => spans;

    public SpanKeys Keys { get; } = new(spans);

    /// <summary>About what the batch holds in memory.</summary>
    public long SizeBytes { get; } = BatchSize.Of(spans);

    public void Hold() => _holds++;

    /// <returns>True when this was the last hold: the batch must not be touched any more.</returns>
    public bool Release()
    {
        if (--_holds > 0)
        {
            return false;
        }

        pool?.Return(spans);
        return true;
    }
}
