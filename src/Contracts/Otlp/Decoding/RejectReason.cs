namespace MeshInsight.Contracts.Otlp.Decoding;

/// <summary>Why one record of an otherwise readable request was left out.</summary>
internal enum RejectReason
{
    None,
    TraceIdMissing,
    TraceIdMalformed,
    SpanIdMissing,
    SpanIdMalformed,
    ParentSpanIdMalformed,
    LinkIdMalformed,
    BucketsDoNotMatchBounds,
}

internal static class RejectReasonText
{
    public static string Describe(this RejectReason reason) => reason switch
    {
        RejectReason.TraceIdMissing => "trace_id is empty or all zero",
        RejectReason.TraceIdMalformed => "trace_id is not 16 bytes (32 hex digits in JSON)",
        RejectReason.SpanIdMissing => "span_id is empty or all zero",
        RejectReason.SpanIdMalformed => "span_id is not 8 bytes (16 hex digits in JSON)",
        RejectReason.ParentSpanIdMalformed => "parent_span_id is neither empty nor 8 bytes (16 hex digits in JSON)",
        RejectReason.LinkIdMalformed => "a link's trace_id or span_id has a wrong length",
        RejectReason.BucketsDoNotMatchBounds => "bucket_counts must have one element more than explicit_bounds",
        _ => "",
    };
}
