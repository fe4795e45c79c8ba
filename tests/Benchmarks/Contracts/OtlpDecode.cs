using System.Buffers;
using MeshInsight.Benchmarks.Harness;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Benchmarks.Contracts;

/// <summary>Decoding one request of 1,000 HTTP spans into a reused batch: protobuf in one piece, protobuf in a pipe's pieces, JSON; and encoding it.</summary>
internal sealed class OtlpDecode : IBenchmark
{
    private const int Spans = 1000;
    private const int PipePieceBytes = 4096;

    public string Name => nameof(OtlpDecode);

    public string Summary => "OTLP spans decoded and encoded per CPU second, protobuf against JSON";

    public IReadOnlyList<BenchmarkRow> Run()
    {
        var source = SampleSpans.Create(Spans, new Random(1));
        var output = new ArrayBufferWriter<byte>();
        OtlpTraces.Encode(source, output);
        byte[] protobuf = output.WrittenSpan.ToArray();
        byte[] json = SampleSpans.ToJson(source);
        var batch = new SpanBatch();
        var pieces = Split(protobuf);

        var baseline = Measure(() => Check(OtlpTraces.Decode(new(protobuf), Cleared(batch))));
        return
        [
            Row("protobuf", baseline, baseline, protobuf.Length),
            Row("protobuf in 4 KiB pieces", Measure(() => Check(OtlpTraces.Decode(pieces, Cleared(batch)))), baseline, protobuf.Length),
            Row("JSON", Measure(() => Check(OtlpTraces.DecodeJson(new(json), Cleared(batch)))), baseline, json.Length),
            Row("encode protobuf", Measure(() => Encode(source, output)), baseline, protobuf.Length),
        ];
    }

    private static CpuMeasurement Measure(Action work) => CpuMeasurement.Of(work);

    private static BenchmarkRow Row(string name, CpuMeasurement cost, CpuMeasurement baseline, int bytes)
    {
        double spans = (double)cost.Runs * Spans;
        double spansPerSecond = spans / cost.CpuSeconds;
        return new(
            name,
            cost.CpuSeconds,
            [
                new("per CPU second", spansPerSecond, "spans"),
                new("per span", 1e9 / spansPerSecond, "ns"),
                new("wire", (double)bytes / Spans, "B/span"),
                new("throughput", cost.Runs * (double)bytes / cost.CpuSeconds / 1e6, "MB/s"),
                new("allocated", cost.AllocatedBytes / spans, "B/span"),
                new("cost against protobuf", cost.CpuSeconds / cost.Runs / (baseline.CpuSeconds / baseline.Runs), "×"),
            ]);
    }

    private static void Encode(SpanBatch source, ArrayBufferWriter<byte> output)
    {
        output.ResetWrittenCount();
        OtlpTraces.Encode(source, output);
    }

    private static SpanBatch Cleared(SpanBatch batch)
    {
        batch.Clear();
        return batch;
    }

    private static void Check(in OtlpDecodeResult result)
    {
        if (result.Accepted != Spans)
        {
            throw new InvalidOperationException($"{result.Accepted} of {Spans} spans accepted: {result.Reason}");
        }
    }

    private static ReadOnlySequence<byte> Split(ReadOnlyMemory<byte> bytes)
    {
        var first = new Piece(bytes[..PipePieceBytes], 0);
        var last = first;
        for (int start = PipePieceBytes; start < bytes.Length; start += PipePieceBytes)
        {
            last = last.Append(bytes.Slice(start, Math.Min(PipePieceBytes, bytes.Length - start)));
        }

        return new(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long start)
        {
            Memory = memory;
            RunningIndex = start;
        }

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
