namespace MeshInsight.Contracts.Otlp.Fields;

/// <remarks>https://github.com/open-telemetry/opentelemetry-proto/blob/v1.7.0/opentelemetry/proto/trace/v1/trace.proto</remarks>
internal static class SpanFields
{
    public const int TraceId = 1;
    public const int SpanId = 2;
    public const int TraceState = 3;
    public const int ParentSpanId = 4;
    public const int Name = 5;
    public const int Kind = 6;
    public const int StartTime = 7;
    public const int EndTime = 8;
    public const int Attributes = 9;
    public const int Events = 11;
    public const int Links = 13;
    public const int Status = 15;
    public const int Flags = 16;

    public static readonly MessageNames Names = new(
        "Span",
        "",
        "trace_id",
        "span_id",
        "trace_state",
        "parent_span_id",
        "name",
        "kind",
        "start_time_unix_nano",
        "end_time_unix_nano",
        "attributes",
        "dropped_attributes_count",
        "events",
        "dropped_events_count",
        "links",
        "dropped_links_count",
        "status",
        "flags");
}

/// <inheritdoc cref="SpanFields"/>
internal static class EventFields
{
    public const int Time = 1;
    public const int Name = 2;
    public const int Attributes = 3;

    public static readonly MessageNames Names = new("Span.Event", "", "time_unix_nano", "name", "attributes", "dropped_attributes_count");
}

/// <inheritdoc cref="SpanFields"/>
internal static class LinkFields
{
    public const int TraceId = 1;
    public const int SpanId = 2;
    public const int TraceState = 3;
    public const int Attributes = 4;

    public static readonly MessageNames Names = new("Span.Link", "", "trace_id", "span_id", "trace_state", "attributes", "dropped_attributes_count", "flags");
}

/// <inheritdoc cref="SpanFields"/>
internal static class StatusFields
{
    public const int Message = 2;
    public const int Code = 3;

    public static readonly MessageNames Names = new("Status", "", "", "message", "code");
}
