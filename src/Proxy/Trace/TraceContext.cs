using System.Buffers.Binary;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Proxy.Trace;

/// <summary>The trace a request belongs to, as its headers say or as newly begun here.</summary>
/// <param name="ParentId">The caller's span; empty when the trace begins here.</param>
/// <param name="Flags">W3C trace flags: bit 0 sampled, bit 1 random id.</param>
/// <param name="State">W3C <c>tracestate</c> as it came; empty when none.</param>
/// <param name="B3">The B3 headers that came; they are kept up to date on the way out, beside <c>traceparent</c>.</param>
internal readonly record struct TraceContext(TraceId TraceId, SpanId ParentId, byte Flags, string State, B3Style B3)
{
    public const byte Sampled = 1;
    public const byte RandomId = 2;

    public static TraceContext Begin(Random random) => new(NewTraceId(random), default, Sampled | RandomId, "", B3Style.None);

    public static SpanId NewSpanId(Random random)
    {
        Span<byte> bytes = stackalloc byte[SpanId.SizeBytes];
        SpanId id;
        do
        {
            random.NextBytes(bytes);
            id = new(BinaryPrimitives.ReadUInt64BigEndian(bytes));
        }
        while (id.IsEmpty);

        return id;
    }

    private static TraceId NewTraceId(Random random)
    {
        Span<byte> bytes = stackalloc byte[TraceId.SizeBytes];
        TraceId id;
        do
        {
            random.NextBytes(bytes);
            id = TraceId.Read(bytes);
        }
        while (id.IsEmpty);

        return id;
    }
}

internal enum B3Style
{
    None,
    Single,
    Multi,
}
