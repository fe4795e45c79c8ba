namespace MeshInsight.Contracts.Otlp.Fields;

/// <remarks>https://github.com/open-telemetry/opentelemetry-proto/blob/v1.7.0/opentelemetry/proto/logs/v1/logs.proto</remarks>
internal static class LogFields
{
    public const int Time = 1;
    public const int SeverityNumber = 2;
    public const int SeverityText = 3;
    public const int Body = 5;
    public const int Attributes = 6;
    public const int Flags = 8;
    public const int TraceId = 9;
    public const int SpanId = 10;
    public const int ObservedTime = 11;
    public const int EventName = 12;

    public static readonly MessageNames Names = new(
        "LogRecord",
        "",
        "time_unix_nano",
        "severity_number",
        "severity_text",
        "",
        "body",
        "attributes",
        "dropped_attributes_count",
        "flags",
        "trace_id",
        "span_id",
        "observed_time_unix_nano",
        "event_name");
}
