using System.Buffers;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Tests.Otlp;

/// <summary>What docs/decisions/0012 says of protobuf requests that are not as they should be.</summary>
public sealed class OtlpRefusalTests
{
    private delegate void SpanContent(ref ProtoWriter writer);

    [Theory]
    [InlineData(15, 8, 0, "trace_id is not 16 bytes")]
    [InlineData(0, 8, 0, "trace_id is empty or all zero")]
    [InlineData(16, 7, 0, "span_id is not 8 bytes")]
    [InlineData(16, 0, 0, "span_id is empty or all zero")]
    [InlineData(16, 8, 9, "parent_span_id is neither empty nor 8 bytes")]
    public void Decode_IdOfWrongLength_RejectsThatSpan(int traceId, int spanId, int parentId, string reason)
    {
        var (result, batch) = Decode((ref ProtoWriter writer) =>
        {
            writer.WriteBytes(1, Ones(traceId));
            writer.WriteBytes(2, Ones(spanId));
            writer.WriteBytes(4, Ones(parentId));
        });

        Assert.Equal((true, 0, 1, 0), (result.Ok, result.Accepted, result.Rejected, batch.Count));
        Assert.StartsWith("1 rejected; the first because " + reason, result.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(32, true)]
    [InlineData(33, false)]
    [InlineData(20_000, false)]
    public void Decode_NestedValue_IsReadUpToTheLimit(int depth, bool ok)
    {
        var (result, _) = Decode((ref ProtoWriter writer) =>
        {
            WriteIds(ref writer);
            int pair = writer.Begin(9);
            int value = writer.Begin(2);
            WriteNested(ref writer, depth);
            writer.End(value);
            writer.End(pair);
        });

        Assert.Equal(ok, result.Ok);
        Assert.Equal(ok ? "" : "An attribute value is nested deeper than 32 levels.", result.Reason);
    }

    [Fact]
    public void Decode_TextThatIsNoUtf8_IsRepaired()
    {
        var (result, batch) = Decode((ref ProtoWriter writer) =>
        {
            WriteIds(ref writer);
            writer.WriteBytes(5, [(byte)'a', 0xFF, (byte)'b']);
            int pair = writer.Begin(9);
            writer.WriteBytes(1, [0xC3]);
            int value = writer.Begin(2);
            writer.WriteBytes(1, [0xE2, 0x82]);
            writer.End(value);
            writer.End(pair);
        });

        Assert.True(result.Ok);
        Assert.Equal("a\uFFFDb", batch.Symbols.GetString(batch.Names[0]));
        Assert.Equal(" { '\uFFFD'=Text:\uFFFD; }", TelemetryDump.Attributes(batch, batch[0].Attributes));
    }

    [Fact]
    public void Decode_TimesAndEnumsOutOfRange_AreBounded()
    {
        var (result, batch) = Decode((ref ProtoWriter writer) =>
        {
            WriteIds(ref writer);
            writer.WriteVarint(6, 77);
            writer.WriteFixed64(7, ulong.MaxValue);
            writer.WriteFixed64(8, 5);
            int status = writer.Begin(15);
            writer.WriteVarint(3, ulong.MaxValue);
            writer.End(status);
        });

        Assert.True(result.Ok);
        Assert.Equal((long.MaxValue, 0L), (batch[0].StartUnixNano, batch[0].DurationNano));
        Assert.Equal((SpanKind.Unspecified, SpanStatus.Unset), (batch[0].Kind, batch[0].Status));
    }

    [Fact]
    public void Decode_NameOfWrongType_NamesIt()
    {
        var (result, _) = Decode((ref ProtoWriter writer) =>
        {
            WriteIds(ref writer);
            writer.WriteVarint(5, 1);
        });

        Assert.False(result.Ok);
        Assert.Matches(@"^Malformed protobuf at byte \d+, Span\.name \(field 5\): its wire type is not the one of this field\.$", result.Reason);
    }

    [Fact]
    public void Decode_EmptyRequest_IsFullSuccess() =>
        Assert.Equal(new(true, 0, 0, ""), OtlpTraces.Decode(ReadOnlySequence<byte>.Empty, new SpanBatch()));

    private static (OtlpDecodeResult Result, SpanBatch Batch) Decode(SpanContent content)
    {
        var writer = new ProtoWriter(256);
        int group = writer.Begin(1);
        int scope = writer.Begin(2);
        int span = writer.Begin(2);
        content(ref writer);
        writer.End(span);
        writer.End(scope);
        writer.End(group);
        var batch = new SpanBatch();
        var result = OtlpTraces.Decode(Bytes.Whole(writer.Written.ToArray()), batch);
        writer.Dispose();
        return (result, batch);
    }

    private static void WriteIds(ref ProtoWriter writer)
    {
        writer.WriteBytes(1, Ones(16));
        writer.WriteBytes(2, Ones(8));
    }

    private static void WriteNested(ref ProtoWriter writer, int depth)
    {
        var marks = new Stack<int>();
        for (int i = 0; i < depth; i++)
        {
            marks.Push(writer.Begin(5));
            marks.Push(writer.Begin(1));
        }

        foreach (int mark in marks)
        {
            writer.End(mark);
        }
    }

    private static byte[] Ones(int length)
    {
        byte[] bytes = new byte[length];
        Array.Fill(bytes, (byte)1);
        return bytes;
    }
}
