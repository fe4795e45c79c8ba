using System.Buffers;
using System.Text;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Testing;

namespace MeshInsight.Contracts.Tests.Otlp;

public sealed class OtlpResponseTests
{
    [Fact]
    public void Write_FullSuccess_IsEmpty()
    {
        var result = new OtlpDecodeResult(true, 7, 0, "");
        var output = new ArrayBufferWriter<byte>();

        OtlpResponse.WriteProtobuf(result, output);
        Assert.Equal(0, output.WrittenCount);

        OtlpResponse.WriteJson(OtlpSignal.Traces, result, output);
        Assert.Equal("{}", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void TryReadProtobuf_OwnAnswer_GivesItBack()
    {
        var output = new ArrayBufferWriter<byte>();
        OtlpResponse.WriteProtobuf(new(true, 1, 12345, "why"), output);

        Assert.True(OtlpResponse.TryReadProtobuf(Bytes.Split(output.WrittenMemory, new Random(1)), out long rejected, out string message));
        Assert.Equal((12345, "why"), (rejected, message));
        Assert.True(OtlpResponse.TryReadProtobuf(default, out rejected, out message));
        Assert.Equal((0, ""), (rejected, message));
    }

    [Fact]
    public void TryReadProtobuf_Garbage_NeverThrows() => Property.ForAll(1000, random =>
    {
        byte[] bytes = new byte[random.Next(60)];
        random.NextBytes(bytes);
        OtlpResponse.TryReadProtobuf(Bytes.Whole(bytes), out _, out string message);
        Assert.NotNull(message);
    });

    [Fact]
    public void WriteStatus_WithRetry_CarriesRetryInfo()
    {
        var output = new ArrayBufferWriter<byte>();
        OtlpResponse.WriteStatusProtobuf(8, "full", TimeSpan.FromSeconds(1.5), output);

        // Status { code: 8, message: "full", details: [Any { type_url, value: RetryInfo { Duration { seconds: 1, nanos: 500000000 } } }] }
        byte[] type = Encoding.UTF8.GetBytes("type.googleapis.com/google.rpc.RetryInfo");
        byte[] info = [0x0A, 8, 0x08, 1, 0x10, 0x80, 0xCA, 0xB5, 0xEE, 0x01];
        byte[] expected = [0x08, 8, 0x12, 4, .. "full"u8, 0x1A, (byte)(2 + type.Length + 2 + info.Length), 0x0A, (byte)type.Length, .. type, 0x12, (byte)info.Length, .. info];
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(output.WrittenSpan));
    }

    [Fact]
    public void WriteStatusJson_WithRetry_CarriesRetryInfo()
    {
        var output = new ArrayBufferWriter<byte>();
        OtlpResponse.WriteStatusJson(14, "busy", TimeSpan.FromMilliseconds(250), output);

        Assert.Equal(
            "{\"code\":14,\"message\":\"busy\",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"0.25s\"}]}",
            Encoding.UTF8.GetString(output.WrittenSpan));
    }
}
