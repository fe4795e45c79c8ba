using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Export;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Spans;

/// <summary>Spans on their way to the collector.</summary>
internal sealed class SpanRecorder(Workload self, TimeProvider time, TelemetryCounters counters, Action wake) : BatchRecorder<SpanBatch>(wake)
{
    public void RecordServer(Exchange exchange)
    {
        long nanos = Nanos(exchange.StartTimestamp);
        lock (Gate)
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
        lock (Gate)
        {
            if (RoomLocked() is { } batch)
            {
                SpanWriter.WriteClient(batch, exchange, attempt, nanos);
            }
        }
    }

    protected override int Count(SpanBatch batch) => batch.Count;

    protected override void Prepare(SpanBatch batch) => SpanSymbols.Prepare(batch, self);

    protected override void CountDropped() => counters.DropSpans(1, DropReason.QueueFull);

    private long Nanos(long since) => time.GetElapsedTime(since).Ticks * 100L;
}
