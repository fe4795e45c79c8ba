using System.Buffers;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Testing;

namespace MeshInsight.Contracts.Tests.Otlp;

public sealed class OtlpTracesTests
{
    [Fact]
    public void Encode_AnyBatch_DecodesToTheSame() => Property.ForAll(300, random =>
    {
        var batch = new RandomTelemetry(random).Spans(random.Next(1, 20));
        var decoded = new SpanBatch();

        var result = OtlpTraces.Decode(Bytes.Whole(Encode(batch)), decoded);

        Assert.Equal(new(true, batch.Count, 0, ""), result);
        Assert.Equal(TelemetryDump.Of(batch), TelemetryDump.Of(decoded));
    });

    [Fact]
    public void Decode_SplitAnywhere_ReadsTheSame() => Property.ForAll(200, random =>
    {
        byte[] bytes = Encode(new RandomTelemetry(random).Spans(5));
        var whole = new SpanBatch();
        var split = new SpanBatch();

        var first = OtlpTraces.Decode(Bytes.Whole(bytes), whole);
        var second = OtlpTraces.Decode(Bytes.Split(bytes, random), split);

        Assert.Equal(first, second);
        Assert.Equal(TelemetryDump.Of(whole), TelemetryDump.Of(split));
    });

    [Fact]
    public void Decode_Garbage_RefusesOrReadsButNeverThrows() => Property.ForAll(3000, random =>
    {
        byte[] bytes = new byte[random.Next(300)];
        random.NextBytes(bytes);
        var batch = new SpanBatch();

        var result = OtlpTraces.Decode(Bytes.Whole(bytes), batch);

        Assert.Equal(result.Accepted, batch.Count);
        Assert.Equal(result.Ok, result.Reason.Length == 0 || result.Rejected > 0);
    });

    [Fact]
    public void Decode_DamagedRequest_RefusesWholeOrStaysConsistent() => Property.ForAll(1000, random =>
    {
        byte[] bytes = Bytes.Damage(Encode(new RandomTelemetry(random).Spans(6)), random);
        var batch = new RandomTelemetry(random).Spans(2);
        string before = TelemetryDump.Of(batch);

        var result = OtlpTraces.Decode(Bytes.Whole(bytes), batch);

        Assert.Equal(2 + result.Accepted, batch.Count);
        Assert.StartsWith(before, TelemetryDump.Of(batch), StringComparison.Ordinal);
        if (!result.Ok)
        {
            Assert.NotEmpty(result.Reason);
            Assert.Equal(before, TelemetryDump.Of(batch));
        }
    });

    [Fact]
    public void Decode_CutShort_NamesFieldAndOffset()
    {
        byte[] bytes = Encode(new RandomTelemetry(new Random(1)).Spans(3));

        var result = OtlpTraces.Decode(Bytes.Whole(bytes.AsMemory(0, bytes.Length - 1)), new SpanBatch());

        Assert.False(result.Ok);
        Assert.Matches(@"^Malformed protobuf at byte \d+, Export request\.resource groups \(field 1\): it runs past the end of its message\.$", result.Reason);
    }

    [Fact]
    public void Decode_SpanWithoutTraceId_IsRejectedAlone()
    {
        var batch = new RandomTelemetry(new Random(2)).Spans(4);
        batch.TraceIds[1] = default;
        var decoded = new SpanBatch();

        var result = OtlpTraces.Decode(Bytes.Whole(Encode(batch)), decoded);

        Assert.Equal(new(true, 3, 1, "1 rejected; the first because trace_id is empty or all zero."), result);
        Assert.Equal([batch.SpanIds[0], batch.SpanIds[2], batch.SpanIds[3]], decoded.SpanIds.Span.ToArray());
    }

    [Fact]
    public void Decode_MoreRowsThanAllowed_IsRefused()
    {
        byte[] bytes = Encode(new RandomTelemetry(new Random(3)).Spans(30));

        var result = OtlpTraces.Decode(Bytes.Whole(bytes), new SpanBatch(), new OtlpLimits { MaxRows = 20 });

        Assert.False(result.Ok);
        Assert.Contains("more than 20 rows", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_LargerThanAllowed_IsRefusedUnread()
    {
        var result = OtlpTraces.Decode(Bytes.Whole(new byte[101]), new SpanBatch(), new OtlpLimits { MaxMessageBytes = 100 });

        Assert.Equal(new(false, 0, 0, "The request has 101 bytes after decompression; the limit is 100. Send smaller batches."), result);
    }

    private static byte[] Encode(SpanBatch batch)
    {
        var output = new ArrayBufferWriter<byte>();
        OtlpTraces.Encode(batch, output);
        return output.WrittenSpan.ToArray();
    }
}
