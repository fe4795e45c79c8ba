using System.Buffers;
using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Otlp.Json;
using MeshInsight.Contracts.Otlp.Protobuf;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp;

/// <summary>OTLP ExportTraceServiceRequest (the same bytes as TracesData) to and from columns.</summary>
public static class OtlpTraces
{
    /// <summary>Adds the spans of a protobuf request to a batch. Allocates nothing once the batch has grown to its size.</summary>
    /// <param name="request">Decompressed; read only, not kept.</param>
    /// <param name="batch">May hold spans already. Unchanged when nothing of the request is accepted.</param>
    /// <param name="limits">Default <see cref="OtlpLimits.Default"/>.</param>
    public static OtlpDecodeResult Decode(in ReadOnlySequence<byte> request, SpanBatch batch, OtlpLimits? limits = null)
    {
        var tally = new DecodeTally(limits ?? OtlpLimits.Default);
        if (tally.TakeMessage(request.Length))
        {
            using var bytes = new ContiguousBytes(request);
            var before = batch.Mark();
            if (!GroupReader.Read(new ProtoReader(bytes.Span), new SpanReader(batch), ref tally) || tally.Accepted == 0)
            {
                batch.Rollback(before);
                batch.ForgetSymbols(before.Shared);
            }
        }

        return OtlpDecodeResult.From(tally);
    }

    /// <summary>Adds the spans of an OTLP/JSON request (ids in hex) to a batch.</summary>
    /// <inheritdoc cref="Decode"/>
    public static OtlpDecodeResult DecodeJson(in ReadOnlySequence<byte> request, SpanBatch batch, OtlpLimits? limits = null)
    {
        var tally = new DecodeTally(limits ?? OtlpLimits.Default);
        if (tally.TakeMessage(request.Length))
        {
            using var bytes = new ContiguousBytes(request);
            var before = batch.Mark();
            if (!JsonRequest.Read(bytes.Span, new JsonSpanReader(batch), ref tally) || tally.Accepted == 0)
            {
                batch.Rollback(before);
                batch.ForgetSymbols(before.Shared);
            }
        }

        return OtlpDecodeResult.From(tally);
    }

    /// <summary>Writes the whole batch as one protobuf request. Neighbouring rows of one resource and scope share a group.</summary>
    public static void Encode(SpanBatch batch, IBufferWriter<byte> output)
    {
        var writer = new ProtoWriter(256 * batch.Count);
        try
        {
            GroupWriter.Write(ref writer, new SpanWriter(batch));
            writer.CopyTo(output);
        }
        finally
        {
            writer.Dispose();
        }
    }
}
