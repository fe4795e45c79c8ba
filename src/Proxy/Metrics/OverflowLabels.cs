namespace MeshInsight.Proxy.Metrics;

/// <summary>The only attribute of what came beyond a metric's limit, as OpenTelemetry's specification names it.</summary>
internal static class OverflowLabels
{
    public const string Attribute = "otel.metric.overflow";

    public static KeyValuePair<string, string>[] All { get; } = [new("otel_metric_overflow", "true")];
}
