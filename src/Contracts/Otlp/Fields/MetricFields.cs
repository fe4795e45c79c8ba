namespace MeshInsight.Contracts.Otlp.Fields;

/// <remarks>https://github.com/open-telemetry/opentelemetry-proto/blob/v1.7.0/opentelemetry/proto/metrics/v1/metrics.proto</remarks>
internal static class MetricFields
{
    public const int Name = 1;
    public const int Description = 2;
    public const int Unit = 3;
    public const int Gauge = 5;
    public const int Sum = 7;
    public const int Histogram = 9;
    public const int ExponentialHistogram = 10;
    public const int Summary = 11;

    // Inside gauge, sum, histogram, exponential histogram and summary.
    public const int DataPoints = 1;
    public const int Temporality = 2;
    public const int IsMonotonic = 3;

    public static readonly MessageNames Names =
        new("Metric", "", "name", "description", "unit", "", "gauge", "", "sum", "", "histogram", "exponential_histogram", "summary", "metadata");

    public static readonly MessageNames DataNames = new("Metric.data", "", "data_points", "aggregation_temporality", "is_monotonic");
}

/// <inheritdoc cref="MetricFields"/>
internal static class PointFields
{
    // The same in every kind of point but the exponential histogram's exemplars and flags.
    public const int StartTime = 2;
    public const int Time = 3;

    /// <summary>Bit 0 of flags: the point says that there is no value.</summary>
    public const uint NoRecordedValue = 1;
}

/// <inheritdoc cref="MetricFields"/>
internal static class NumberFields
{
    public const int AsDouble = 4;
    public const int Exemplars = 5;
    public const int AsInt = 6;
    public const int Attributes = 7;
    public const int Flags = 8;

    public static readonly MessageNames Names =
        new("NumberDataPoint", "", "", "start_time_unix_nano", "time_unix_nano", "as_double", "exemplars", "as_int", "attributes", "flags");
}

/// <inheritdoc cref="MetricFields"/>
internal static class HistogramFields
{
    public const int Count = 4;
    public const int Sum = 5;
    public const int BucketCounts = 6;
    public const int ExplicitBounds = 7;
    public const int Exemplars = 8;
    public const int Attributes = 9;
    public const int Flags = 10;
    public const int Min = 11;
    public const int Max = 12;

    public static readonly MessageNames Names = new(
        "HistogramDataPoint",
        "",
        "",
        "start_time_unix_nano",
        "time_unix_nano",
        "count",
        "sum",
        "bucket_counts",
        "explicit_bounds",
        "exemplars",
        "attributes",
        "flags",
        "min",
        "max");
}

/// <inheritdoc cref="MetricFields"/>
internal static class ExponentialFields
{
    public const int Attributes = 1;
    public const int Count = 4;
    public const int Sum = 5;
    public const int Scale = 6;
    public const int ZeroCount = 7;
    public const int Positive = 8;
    public const int Negative = 9;
    public const int Flags = 10;
    public const int Exemplars = 11;
    public const int Min = 12;
    public const int Max = 13;
    public const int ZeroThreshold = 14;

    // Of Buckets.
    public const int Offset = 1;
    public const int BucketCounts = 2;

    public static readonly MessageNames Names = new(
        "ExponentialHistogramDataPoint",
        "",
        "attributes",
        "start_time_unix_nano",
        "time_unix_nano",
        "count",
        "sum",
        "scale",
        "zero_count",
        "positive",
        "negative",
        "flags",
        "exemplars",
        "min",
        "max",
        "zero_threshold");

    public static readonly MessageNames BucketNames = new("Buckets", "", "offset", "bucket_counts");
}

/// <inheritdoc cref="MetricFields"/>
internal static class SummaryFields
{
    public const int Count = 4;
    public const int Sum = 5;
    public const int Quantiles = 6;
    public const int Attributes = 7;
    public const int Flags = 8;

    // Of ValueAtQuantile.
    public const int Quantile = 1;
    public const int Value = 2;

    public static readonly MessageNames Names =
        new("SummaryDataPoint", "", "", "start_time_unix_nano", "time_unix_nano", "count", "sum", "quantile_values", "attributes", "flags");

    public static readonly MessageNames QuantileNames = new("ValueAtQuantile", "", "quantile", "value");
}

/// <inheritdoc cref="MetricFields"/>
internal static class ExemplarFields
{
    public const int Time = 2;
    public const int AsDouble = 3;
    public const int SpanId = 4;
    public const int TraceId = 5;
    public const int AsInt = 6;
    public const int Attributes = 7;

    public static readonly MessageNames Names =
        new("Exemplar", "", "", "time_unix_nano", "as_double", "span_id", "trace_id", "as_int", "filtered_attributes");
}
