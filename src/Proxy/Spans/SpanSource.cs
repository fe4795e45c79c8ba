using System.Buffers;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Proxy.Export;

namespace MeshInsight.Proxy.Spans;

/// <summary>Recorded spans as OTLP requests, one per batch.</summary>
internal sealed class SpanSource(SpanRecorder recorder, TelemetryCounters counters) : IExportSource
{
    public string Method => "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

    public bool TryEncode(IBufferWriter<byte> output, ExportDue due, out int items)
    {
        items = 0;
        if (recorder.Take(due) is not { } batch)
        {
            return false;
        }

        try
        {
            items = batch.Count;
            OtlpTraces.Encode(batch, output);
            return true;
        }
        finally
        {
            recorder.Return(batch);
        }
    }

    public void CountSent(int items) => counters.CountSpansSent(items);

    public void CountDropped(int items, DropReason reason) => counters.DropSpans(items, reason);
}
