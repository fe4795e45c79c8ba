using System.Buffers;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Tests.Otlp;

/// <summary>Batches are pooled: once one has grown to its size, filling it again allocates nothing, whatever the format.</summary>
public sealed class AllocationTests
{
    [Fact]
    public void DecodeJson_Traces_BatchInUse_AllocatesNothing()
    {
        var random = new Random(4);
        byte[] json = new JsonRequests(random).Of(new RandomTelemetry(random).Spans(100));
        var whole = Bytes.Whole(json);
        var split = Bytes.Split(json, random);
        var batch = new SpanBatch();

        AssertNoAllocation(() =>
        {
            batch.Clear();
            OtlpTraces.DecodeJson(whole, batch);
            OtlpTraces.DecodeJson(split, batch);
        });
        Assert.Equal(200, batch.Count);
    }

    [Fact]
    public void Decode_Traces_BatchInUse_AllocatesNothing()
    {
        var output = new ArrayBufferWriter<byte>();
        OtlpTraces.Encode(new RandomTelemetry(new Random(4)).Spans(200), output);
        var whole = Bytes.Whole(output.WrittenMemory);
        var split = Bytes.Split(output.WrittenMemory, new Random(4));
        var batch = new SpanBatch();

        AssertNoAllocation(() =>
        {
            batch.Clear();
            OtlpTraces.Decode(whole, batch);
            OtlpTraces.Decode(split, batch);
        });
        Assert.Equal(400, batch.Count);
    }

    [Fact]
    public void Decode_Metrics_BatchInUse_AllocatesNothing()
    {
        var output = new ArrayBufferWriter<byte>();
        var source = new RandomMetrics(new Random(5)).Metrics(20);
        OtlpMetrics.Encode(source, output);
        var bytes = Bytes.Whole(output.WrittenMemory);
        var batch = new MetricBatch();

        AssertNoAllocation(() =>
        {
            batch.Clear();
            OtlpMetrics.Decode(bytes, batch);
        });
        Assert.Equal(source.PointCount, batch.PointCount);
    }

    [Fact]
    public void Decode_Logs_BatchInUse_AllocatesNothing()
    {
        var output = new ArrayBufferWriter<byte>();
        OtlpLogs.Encode(new RandomTelemetry(new Random(6)).Logs(100), output);
        var bytes = Bytes.Whole(output.WrittenMemory);
        var batch = new LogBatch();

        AssertNoAllocation(() =>
        {
            batch.Clear();
            OtlpLogs.Decode(bytes, batch);
        });
        Assert.Equal(100, batch.Count);
    }

    [Fact]
    public void Encode_Traces_OutputInUse_AllocatesNothing()
    {
        var batch = new RandomTelemetry(new Random(7)).Spans(100);
        var output = new ArrayBufferWriter<byte>();

        AssertNoAllocation(() =>
        {
            output.ResetWrittenCount();
            OtlpTraces.Encode(batch, output);
        });
    }

    // The least of some rounds: a collection at the wrong moment trims the shared array pool, which then grows again.
    private static void AssertNoAllocation(Action work)
    {
        long least = long.MaxValue;
        for (int round = 0; round < 6; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 5; i++)
            {
                work();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }
}
