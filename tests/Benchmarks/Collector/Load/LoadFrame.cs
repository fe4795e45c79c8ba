using System.Buffers;
using System.Buffers.Binary;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Grpc.Framing;

namespace MeshInsight.Benchmarks.Collector.Load;

/// <summary>
/// One ExportTraceServiceRequest that is encoded once and sent many times: before each sending ids and times are overwritten where they lie, so that every request
/// holds new traces and the generator costs next to nothing. Used by one sender at a time.
/// </summary>
internal sealed class LoadFrame
{
    /// <summary>The spans of a frame are made around this time: a value that no text contains, so that its bytes can be found.</summary>
    public const long MadeAtUnixNano = 1_790_000_000_123_456_789;

    private readonly byte[] _framed;
    private readonly SpanPlace[] _places;
    private readonly int _traces;
    private ulong _sequence;

    private LoadFrame(byte[] framed, SpanPlace[] places, ulong seed)
    {
        _framed = framed;
        _places = places;
        _traces = places.Max(place => place.Trace) + 1;
        _sequence = Mixed(seed);
    }

    public int Spans => _places.Length;

    /// <summary>The message as gRPC wants it, behind its five bytes.</summary>
    public ReadOnlyMemory<byte> Framed => _framed;

    public ReadOnlyMemory<byte> Message => _framed.AsMemory(MessageFrame.HeaderBytes);

    /// <param name="batch">Times around <see cref="MadeAtUnixNano"/>; ids random, so that no other bytes equal them.</param>
    /// <param name="owners">Per row the number of its trace and the row of its parent, −1 for a root.</param>
    /// <param name="seed">Frames of one seed make the same ids.</param>
    public static LoadFrame Of(SpanBatch batch, IReadOnlyList<(int Trace, int Parent)> owners, ulong seed)
    {
        var output = new ArrayBufferWriter<byte>();
        OtlpTraces.Encode(batch, output);
        byte[] framed = new byte[MessageFrame.HeaderBytes + output.WrittenCount];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), output.WrittenCount);
        output.WrittenSpan.CopyTo(framed.AsSpan(MessageFrame.HeaderBytes));
        return new(framed, Places(framed, batch, owners), seed);
    }

    /// <summary>Makes it a request of traces that nobody has seen, as if the frame had been made now.</summary>
    public void Renew(long nowUnixNano)
    {
        Span<byte> bytes = _framed;
        ulong spans = _sequence + ((ulong)_traces * 2);
        for (int i = 0; i < _places.Length; i++)
        {
            ref readonly var place = ref _places[i];
            ulong trace = _sequence + ((ulong)place.Trace * 2);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[place.TraceAt..], Mixed(trace));
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[(place.TraceAt + sizeof(ulong))..], Mixed(trace + 1));
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[place.SpanAt..], Mixed(spans + (ulong)i));
            if (place.Parent >= 0)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(bytes[place.ParentAt..], Mixed(spans + (ulong)place.Parent));
            }

            BinaryPrimitives.WriteInt64LittleEndian(bytes[place.StartAt..], nowUnixNano + place.Start);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[place.EndAt..], nowUnixNano + place.End);
        }

        _sequence = spans + (ulong)_places.Length;
    }

    // In the order in which they are written.
    private static SpanPlace[] Places(byte[] framed, SpanBatch batch, IReadOnlyList<(int Trace, int Parent)> owners)
    {
        var places = new SpanPlace[batch.Count];
        int at = MessageFrame.HeaderBytes;
        byte[] id = new byte[TraceId.SizeBytes];
        for (int row = 0; row < places.Length; row++)
        {
            var span = batch[row];
            span.TraceId.Write(id);
            int trace = at = Find(framed, at, id);
            span.SpanId.Write(id);
            int own = at = Find(framed, at, id.AsSpan(0, SpanId.SizeBytes));
            int parent = 0;
            if (!span.ParentId.IsEmpty)
            {
                span.ParentId.Write(id);
                parent = at = Find(framed, at, id.AsSpan(0, SpanId.SizeBytes));
            }

            BinaryPrimitives.WriteInt64LittleEndian(id, span.StartUnixNano);
            int start = at = Find(framed, at, id.AsSpan(0, sizeof(long)));
            BinaryPrimitives.WriteInt64LittleEndian(id, span.EndUnixNano);
            int end = at = Find(framed, at, id.AsSpan(0, sizeof(long)));
            places[row] = new(owners[row].Trace, owners[row].Parent, trace, own, parent, start, end, span.StartUnixNano - MadeAtUnixNano, span.EndUnixNano - MadeAtUnixNano);
        }

        return places;
    }

    private static int Find(byte[] framed, int from, ReadOnlySpan<byte> value)
    {
        int at = framed.AsSpan(from).IndexOf(value);
        return at >= 0 ? from + at : throw new InvalidOperationException("A value of a span is not in the encoded request: OtlpTraces.Encode writes its fields in another order than LoadFrame looks for them.");
    }

    // SplitMix64 (Steele, Lea, Flood 2014): a bijection, so that ids never repeat within a frame's life.
    private static ulong Mixed(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <param name="Trace">Number of its trace.</param>
    /// <param name="Parent">Number of its parent, −1 for a root.</param>
    /// <param name="Start">To the time of sending, nanoseconds.</param>
    private readonly record struct SpanPlace(int Trace, int Parent, int TraceAt, int SpanAt, int ParentAt, int StartAt, int EndAt, long Start, long End);
}
