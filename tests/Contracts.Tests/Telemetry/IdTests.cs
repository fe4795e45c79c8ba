using System.Text;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Testing;

namespace MeshInsight.Contracts.Tests.Telemetry;

public sealed class IdTests
{
    [Fact]
    public void Ids_AnyValue_SurviveHexAndBytes() => Property.ForAll(200, random =>
    {
        var traceId = new TraceId((ulong)random.NextInt64(long.MinValue, long.MaxValue), (ulong)random.NextInt64());
        var spanId = new SpanId((ulong)random.NextInt64(long.MinValue, long.MaxValue));
        byte[] hex = new byte[48];
        byte[] bytes = new byte[24];
        traceId.WriteHex(hex);
        spanId.WriteHex(hex.AsSpan(32));
        traceId.Write(bytes);
        spanId.Write(bytes.AsSpan(16));

        Assert.Equal(traceId.ToString() + spanId, Encoding.ASCII.GetString(hex));
        Assert.True(TraceId.TryParse(hex.AsSpan(0, 32), out var traceFromHex) && SpanId.TryParse(hex.AsSpan(32), out var spanFromHex) && traceFromHex == traceId && spanFromHex == spanId);
        Assert.True(TraceId.TryParse(traceId.ToString().ToUpperInvariant(), out var traceFromText) && traceFromText == traceId);
        Assert.Equal((traceId, spanId), (TraceId.Read(bytes), SpanId.Read(bytes.AsSpan(16))));
        Assert.Equal(Convert.ToHexStringLower(bytes), traceId.ToString() + spanId);
    });

    [Theory]
    [InlineData("")]
    [InlineData("4bf92f3577b34da6a3ce929d0e0e473")]
    [InlineData("4bf92f3577b34da6a3ce929d0e0e47366")]
    [InlineData("4bf92f3577b34da6a3ce929d0e0e473g")]
    [InlineData("4bf92f3577b34da6a3ce929d0e0e473é")]
    public void TryParse_NoTraceId_IsFalse(string hex)
    {
        Assert.False(TraceId.TryParse(hex, out var id));
        Assert.False(TraceId.TryParse(Encoding.UTF8.GetBytes(hex), out _));
        Assert.False(SpanId.TryParse(hex, out _));
        Assert.True(id.IsEmpty);
    }

    [Fact]
    public void Randomness_OfTraceId_IsItsLow56Bits() =>
        Assert.Equal(0x34567890ABCDEFul, new TraceId(1, 0xFF34567890ABCDEF).Randomness);
}
