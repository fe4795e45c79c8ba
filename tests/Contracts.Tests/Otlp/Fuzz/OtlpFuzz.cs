using System.Buffers;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Grpc.Framing;

namespace MeshInsight.Contracts.Tests.Otlp.Fuzz;

/// <summary>
/// Damaged requests through the real decoders, gzip included: whatever the bytes, the answer is a value (taken, taken in part, or refused with a reason), and memory
/// is bounded by the payload's length. One seed is one payload, always the same. One instance per thread.
/// </summary>
internal sealed class OtlpFuzz
{
    /// <summary>
    /// Bytes that may be allocated per byte of a payload, into a batch that has none yet. The least that makes a row is an empty message of two bytes; rows have up to
    /// 80 bytes, and columns double as they grow, which allocates up to four times what is needed in all.
    /// </summary>
    public const int Multiple = 128;

    /// <summary>Bytes that any payload may allocate: what a new batch has from the start, and a text for the reason.</summary>
    public const int Allowance = 64 << 10;

    private const int InflatedLimit = 1 << 20;

    private readonly PayloadMutator _mutator = new();

    public FuzzTally Tally { get; } = new();

    /// <exception cref="InvalidOperationException">The payload did what none may do.</exception>
    public void Run(int seed)
    {
        var random = new Random(seed);
        var corpus = FuzzCorpus.All;
        var start = corpus[random.Next(corpus.Length)];
        var payload = _mutator.Mutate(start, corpus[random.Next(corpus.Length)].Bytes, random);
        try
        {
            if (random.Next(8) == 0)
            {
                RunGzip(start, payload, random);
            }
            else
            {
                Decode(start, payload, random);
            }
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Payload of seed {seed}, {start.Signal} in {(start.IsJson ? "JSON" : "protobuf")}, {payload.Length} bytes: {e.Message}", e);
        }
    }

    // Half of the bodies are damaged before, half after they were compressed.
    private void RunGzip(FuzzSeed start, ReadOnlyMemory<byte> payload, Random random)
    {
        using var body = new PooledBuffer();
        bool isWhole = random.Next(2) == 0;
        BoundedGzip.Deflate(isWhole ? payload.Span : start.Bytes, body);
        var compressed = isWhole ? body.WrittenMemory : _mutator.Mutate(new(start.Signal, false, body.WrittenSpan.ToArray()), [], random);
        using var inflated = new PooledBuffer();
        long before = GC.GetAllocatedBytesForCurrentThread();
        var outcome = BoundedGzip.Inflate(new(compressed), InflatedLimit, inflated);
        Check(GC.GetAllocatedBytesForCurrentThread() - before, compressed.Length, 4L * inflated.Length);
        if (inflated.Length > InflatedLimit + 1)
        {
            throw new InvalidOperationException($"It was inflated to {inflated.Length} bytes; the limit is {InflatedLimit}.");
        }

        if (outcome == InflateOutcome.Inflated)
        {
            Decode(start, inflated.WrittenMemory, random);
        }
        else
        {
            Tally.Uninflatable++;
        }
    }

    private void Decode(FuzzSeed start, ReadOnlyMemory<byte> payload, Random random)
    {
        var bytes = random.Next(8) == 0 ? Bytes.Split(payload, random) : Bytes.Whole(payload);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var (result, items) = start.Signal switch
        {
            OtlpSignal.Traces => Traces(bytes, start.IsJson),
            OtlpSignal.Logs => Logs(bytes, start.IsJson),
            _ => Metrics(bytes, start.IsJson),
        };
        Check(GC.GetAllocatedBytesForCurrentThread() - before, payload.Length, 0);
        if (items != result.Accepted || (!result.Ok && result.Reason.Length == 0))
        {
            throw new InvalidOperationException($"The batch holds {items} items; the answer was {result}.");
        }

        Tally.Add(result);
    }

    private void Check(long allocated, int length, long more)
    {
        if (allocated > ((long)Multiple * length) + Allowance + more)
        {
            throw new InvalidOperationException($"{allocated} bytes were allocated for it; {Multiple} per byte and {Allowance + more} may be.");
        }

        Tally.AddMemory(allocated, length);
    }

    private static (OtlpDecodeResult Result, int Items) Traces(in ReadOnlySequence<byte> bytes, bool isJson)
    {
        var batch = new SpanBatch();
        return (isJson ? OtlpTraces.DecodeJson(bytes, batch) : OtlpTraces.Decode(bytes, batch), batch.Count);
    }

    private static (OtlpDecodeResult Result, int Items) Logs(in ReadOnlySequence<byte> bytes, bool isJson)
    {
        var batch = new LogBatch();
        return (isJson ? OtlpLogs.DecodeJson(bytes, batch) : OtlpLogs.Decode(bytes, batch), batch.Count);
    }

    private static (OtlpDecodeResult Result, int Items) Metrics(in ReadOnlySequence<byte> bytes, bool isJson)
    {
        var batch = new MetricBatch();
        return (isJson ? OtlpMetrics.DecodeJson(bytes, batch) : OtlpMetrics.Decode(bytes, batch), batch.PointCount);
    }
}
