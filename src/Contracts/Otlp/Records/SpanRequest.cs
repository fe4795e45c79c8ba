using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Records;

/// <summary>An ExportTraceServiceRequest: <see cref="Begin"/>, then attributes, events and a status in any order, then <see cref="OtlpRequest.End"/>.</summary>
public sealed class SpanRequest(OtlpSource source) : OtlpRequest(source, SpanFields.Attributes)
{
    private const byte Trace = (SpanFields.TraceId << 3) | (int)WireType.Length;
    private const byte Id = (SpanFields.SpanId << 3) | (int)WireType.Length;
    private const byte State = (SpanFields.TraceState << 3) | (int)WireType.Length;
    private const byte Parent = (SpanFields.ParentSpanId << 3) | (int)WireType.Length;
    private const byte NameTag = (SpanFields.Name << 3) | (int)WireType.Length;
    private const byte Kind = (SpanFields.Kind << 3) | (int)WireType.Varint;
    private const byte Start = (SpanFields.StartTime << 3) | (int)WireType.Fixed64;
    private const byte Finish = (SpanFields.EndTime << 3) | (int)WireType.Fixed64;
    private const byte Events = (SpanFields.Events << 3) | (int)WireType.Length;
    private const byte StatusTag = (SpanFields.Status << 3) | (int)WireType.Length;
    private const byte EventTime = (EventFields.Time << 3) | (int)WireType.Fixed64;
    private const byte EventName = (EventFields.Name << 3) | (int)WireType.Length;
    private const byte EventAttribute = (EventFields.Attributes << 3) | (int)WireType.Length;
    private const byte Message = (StatusFields.Message << 3) | (int)WireType.Length;
    private const byte Code = (StatusFields.Code << 3) | (int)WireType.Varint;

    public void Begin(TraceId traceId, SpanId spanId, SpanId parentId, SpanKind kind, long startUnixNano, long durationNano, uint flags, ReadOnlySpan<char> traceState)
    {
        BeginRecord();
        traceId.Write(Buffer.Short(Trace, TraceId.SizeBytes));
        spanId.Write(Buffer.Short(Id, SpanId.SizeBytes));
        if (!traceState.IsEmpty)
        {
            Buffer.Text(State, traceState);
        }

        if (!parentId.IsEmpty)
        {
            parentId.Write(Buffer.Short(Parent, SpanId.SizeBytes));
        }

        Buffer.Number(Kind, (ulong)kind);
        Buffer.Fixed64(Start, (ulong)startUnixNano);
        Buffer.Fixed64(Finish, (ulong)(startUnixNano + durationNano));
        Buffer.Fixed32(SpanFields.Flags, flags);
    }

    public void Name(ReadOnlySpan<char> name) => Buffer.Text(NameTag, name);

    /// <summary>An event with one attribute.</summary>
    public void Event(long unixNano, ReadOnlySpan<char> name, AttributeKey key, ReadOnlySpan<char> text)
    {
        int mark = Buffer.Begin(Events);
        Buffer.Fixed64(EventTime, (ulong)unixNano);
        Buffer.Text(EventName, name);
        Buffer.Pair(EventAttribute, key, text);
        Buffer.End(mark);
    }

    /// <param name="message">May be empty.</param>
    public void Status(SpanStatus status, ReadOnlySpan<char> message)
    {
        int mark = Buffer.Begin(StatusTag);
        if (!message.IsEmpty)
        {
            Buffer.Text(Message, message);
        }

        Buffer.Number(Code, (ulong)status);
        Buffer.End(mark);
    }
}
