using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Decoding;

/// <summary>What a span must have, and how foreign values become ours: the same for protobuf and JSON.</summary>
internal static class SpanRules
{
    public static RejectReason Check(TraceId traceId, bool traceIdFits, SpanId spanId, bool spanIdFits, bool parentIdFits, bool linksFit) =>
        !traceIdFits ? RejectReason.TraceIdMalformed
        : traceId.IsEmpty ? RejectReason.TraceIdMissing
        : !spanIdFits ? RejectReason.SpanIdMalformed
        : spanId.IsEmpty ? RejectReason.SpanIdMissing
        : !parentIdFits ? RejectReason.ParentSpanIdMalformed
        : !linksFit ? RejectReason.LinkIdMalformed
        : RejectReason.None;

    /// <summary>Kinds of a later protocol version count as unspecified.</summary>
    public static SpanKind Kind(ulong kind) => kind <= (ulong)SpanKind.Consumer ? (SpanKind)kind : SpanKind.Unspecified;

    public static SpanStatus Status(ulong code) => code <= (ulong)SpanStatus.Error ? (SpanStatus)code : SpanStatus.Unset;

    /// <summary>0 when the end lies before the start, which happens when a peer's clock is set back, or never came.</summary>
    public static long Duration(ulong start, ulong end) => Math.Max(0, TimeRules.Time(end) - TimeRules.Time(start));
}
