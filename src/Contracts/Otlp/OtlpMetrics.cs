using System.Buffers;
using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Otlp.Json;
using MeshInsight.Contracts.Otlp.Protobuf;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp;

/// <summary>OTLP ExportMetricsServiceRequest (the same bytes as MetricsData) to and from columns. Accepted and rejected count data points.</summary>
public static class OtlpMetrics
{
    /// <summary>Adds the points of a protobuf request to a batch.</summary>
    /// <param name="request">Decompressed; read only, not kept.</param>
    /// <param name="batch">May hold points already. Unchanged when nothing of the request is accepted.</param>
    /// <param name="limits">Default <see cref="OtlpLimits.Default"/>.</param>
    public static OtlpDecodeResult Decode(in ReadOnlySequence<byte> request, MetricBatch batch, OtlpLimits? limits = null)
    {
        var tally = new DecodeTally(limits ?? OtlpLimits.Default);
        if (tally.TakeMessage(request.Length))
        {
            using var bytes = new ContiguousBytes(request);
            var before = batch.Mark();
            if (!GroupReader.Read(new ProtoReader(bytes.Span), new MetricReader(batch), ref tally) || tally.Accepted == 0)
            {
                batch.Rollback(before);
                batch.ForgetSymbols(before.Shared);
            }
        }

        return OtlpDecodeResult.From(tally);
    }

    /// <summary>Adds the points of an OTLP/JSON request (ids in hex) to a batch.</summary>
    /// <inheritdoc cref="Decode"/>
    public static OtlpDecodeResult DecodeJson(in ReadOnlySequence<byte> request, MetricBatch batch, OtlpLimits? limits = null)
    {
        var tally = new DecodeTally(limits ?? OtlpLimits.Default);
        if (tally.TakeMessage(request.Length))
        {
            using var bytes = new ContiguousBytes(request);
            var before = batch.Mark();
            if (!JsonRequest.Read(bytes.Span, new JsonMetricReader(batch), ref tally) || tally.Accepted == 0)
            {
                batch.Rollback(before);
                batch.ForgetSymbols(before.Shared);
            }
        }

        return OtlpDecodeResult.From(tally);
    }

    /// <summary>Writes the whole batch as one protobuf request, kind by kind. Neighbouring points of one metric, resource and scope share their messages.</summary>
    public static void Encode(MetricBatch batch, IBufferWriter<byte> output)
    {
        var writer = new ProtoWriter(128 * batch.PointCount);
        try
        {
            GroupWriter.Write(ref writer, new MetricWriter<NumberPoint, NumberWriter>(batch, new(batch)));
            GroupWriter.Write(ref writer, new MetricWriter<HistogramPoint, HistogramWriter>(batch, new(batch)));
            GroupWriter.Write(ref writer, new MetricWriter<ExponentialHistogramPoint, ExponentialWriter>(batch, new(batch)));
            GroupWriter.Write(ref writer, new MetricWriter<SummaryPoint, SummaryWriter>(batch, new(batch)));
            writer.CopyTo(output);
        }
        finally
        {
            writer.Dispose();
        }
    }
}
