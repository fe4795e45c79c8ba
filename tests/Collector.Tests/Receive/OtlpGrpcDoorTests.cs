using MeshInsight.Collector.Meters;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Grpc.Failures;

namespace MeshInsight.Collector.Tests.Receive;

public sealed class OtlpGrpcDoorTests
{
    [Fact]
    public async Task Gzip_IsTaken()
    {
        await using var collector = await RunningCollector.StartAsync();

        var answer = await collector.SendAsync(OtlpSignal.Traces, SpanSpec.Request(new SpanSpec("shop")), gzip: true);

        Assert.Equal((true, 0, ""), (answer.Ok, answer.Rejected, answer.Reason));
        Assert.Equal(1, collector.Host.Meters[MeterTable.Received, "traces"].Value);
    }

    [Fact]
    public async Task Protobuf_Malformed_IsAnInvalidArgument()
    {
        await using var collector = await RunningCollector.StartAsync();
        foreach (var signal in Enum.GetValues<OtlpSignal>())
        {
            var refused = await Assert.ThrowsAsync<GrpcException>(() => collector.SendAsync(signal, [0x0A, 0xFF, 0x01, 0x02]));
            Assert.Equal(GrpcStatusCode.InvalidArgument, refused.Code);
            Assert.Contains("Malformed protobuf at byte", refused.Message, StringComparison.Ordinal);
            Assert.Null(refused.RetryAfter);
        }
    }

    [Fact]
    public async Task Span_WithoutTraceId_IsAPartialSuccess()
    {
        await using var collector = await RunningCollector.StartAsync();

        var answer = await collector.SendAsync(new SpanSpec("shop") { TraceId = default(Contracts.Telemetry.TraceId) }, new SpanSpec("shop"));

        Assert.Equal(1, answer.Rejected);
        Assert.Contains("trace_id", answer.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Message_Of100Megabytes_IsRefusedAndNotRetried()
    {
        await using var collector = await RunningCollector.StartAsync();

        var refused = await Assert.ThrowsAsync<GrpcException>(() => collector.SendAsync(OtlpSignal.Traces, new byte[100_000_000]));

        Assert.Equal(GrpcStatusCode.ResourceExhausted, refused.Code);
        Assert.Null(refused.RetryAfter);
        Assert.True((await collector.SendAsync(new SpanSpec("shop"))).Ok);
    }

    [Fact]
    public async Task Message_ThatInflatesTo100Megabytes_IsRefused()
    {
        await using var collector = await RunningCollector.StartAsync();

        var refused = await Assert.ThrowsAsync<GrpcException>(() => collector.SendAsync(OtlpSignal.Logs, new byte[100_000_000], gzip: true));

        Assert.Equal(GrpcStatusCode.ResourceExhausted, refused.Code);
    }

    [Fact]
    public async Task Queue_Full_AsksToComeAgainWithADelay()
    {
        await using var collector = await RunningCollector.StartAsync(
            change: o => o with { Receive = o.Receive with { QueueBytes = 1 }, Store = o.Store with { MaxPendingBytes = 0 } });
        await collector.SendAsync(new SpanSpec("shop"));

        var refused = await Assert.ThrowsAsync<GrpcException>(() => collector.SendAsync(new SpanSpec("shop")));

        Assert.Equal((GrpcStatusCode.Unavailable, TimeSpan.FromSeconds(1)), (refused.Code, refused.RetryAfter));
    }

    [Fact]
    public async Task Method_Unknown_IsUnimplemented()
    {
        await using var collector = await RunningCollector.StartAsync();

        var refused = await Assert.ThrowsAsync<GrpcException>(() =>
            collector.Grpc.UnaryRawAsync("/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export", default, _ => 0));

        Assert.Equal(GrpcStatusCode.Unimplemented, refused.Code);
    }
}
