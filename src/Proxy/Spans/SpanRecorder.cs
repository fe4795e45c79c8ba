using MeshInsight.Contracts.Otlp.Records;
using MeshInsight.Proxy.Export;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Spans;

/// <summary>Spans on their way to the collector.</summary>
internal sealed class SpanRecorder(Workload self, TelemetryCounters counters, Action wake)
    : BatchRecorder<SpanRequest>(() => new(TelemetrySource.Of(self)), wake)
{
    public override string Method => "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

    public void RecordServer(Exchange exchange)
    {
        lock (Gate)
        {
            if (RoomLocked() is { } batch)
            {
                SpanWriter.WriteServer(batch, exchange);
            }
        }
    }

    public void RecordClient(Exchange exchange, AttemptRecord attempt)
    {
        lock (Gate)
        {
            if (RoomLocked() is { } batch)
            {
                SpanWriter.WriteClient(batch, exchange, attempt);
            }
        }
    }

    public override void CountSent(int items) => counters.CountSpansSent(items);

    public override void CountDropped(int items, DropReason reason) => counters.DropSpans(items, reason);
}
