namespace MeshInsight.Contracts.Telemetry;

public enum MetricKind : byte
{
    Gauge,
    Sum,
    Histogram,
    ExponentialHistogram,
    Summary,
}

/// <summary>OTLP <c>AggregationTemporality</c> (metrics.proto).</summary>
public enum Temporality : byte
{
    Unspecified,
    Delta,
    Cumulative,
}

/// <summary>One metric stream: texts are symbols. Its points follow each other in the column of its kind; a metric without points is not sent on.</summary>
public readonly record struct MetricRow(int Name, int Description, int Unit, MetricKind Kind, Temporality Temporality, bool IsMonotonic, int Resource, int Scope);

/// <summary>What points of every kind have. <see cref="Metric"/> is a row of <see cref="MetricBatch.Metrics"/>.</summary>
public readonly record struct PointRow(int Metric, long StartUnixNano, long TimeUnixNano, uint Flags, RowRange Attributes, RowRange Exemplars);

/// <summary>A gauge or sum value; integers are exact up to 2^53, as in the ClickHouse schema (Float64), and <see cref="Int"/> keeps them whole.</summary>
public readonly record struct NumberPoint(PointRow Point, bool IsInt, long Int, double Double)
{
    public double Value => IsInt ? Int : Double;
}

/// <summary>Explicit-bounds histogram; <see cref="Buckets"/> are rows of <see cref="MetricBatch.Counts"/>, <see cref="Bounds"/> of <see cref="MetricBatch.Doubles"/>. Absent sum, min, max are NaN.</summary>
public readonly record struct HistogramPoint(PointRow Point, ulong Count, double Sum, double Min, double Max, RowRange Buckets, RowRange Bounds);

/// <summary>Base-2 exponential histogram (metrics.proto). Bucket rows are in <see cref="MetricBatch.Counts"/>.</summary>
public readonly record struct ExponentialHistogramPoint(
    PointRow Point,
    ulong Count,
    double Sum,
    double Min,
    double Max,
    int Scale,
    ulong ZeroCount,
    double ZeroThreshold,
    int PositiveOffset,
    RowRange PositiveBuckets,
    int NegativeOffset,
    RowRange NegativeBuckets);

/// <summary>Quantiles are pairs (quantile, value) in <see cref="MetricBatch.Doubles"/>: 2 rows each.</summary>
public readonly record struct SummaryPoint(PointRow Point, ulong Count, double Sum, RowRange Quantiles);

public readonly record struct ExemplarRow(long TimeUnixNano, double Value, TraceId TraceId, SpanId SpanId, RowRange Attributes);

/// <summary>How far a batch was filled.</summary>
internal readonly record struct MetricMark(
    TelemetryMark Shared,
    int Metrics,
    int Numbers,
    int Histograms,
    int ExponentialHistograms,
    int Summaries,
    int Exemplars,
    int Counts,
    int Doubles);

/// <summary>Metric points of one batch, a column per kind. See <see cref="TelemetryBatch"/> for ownership.</summary>
public sealed class MetricBatch : TelemetryBatch
{
    public Column<MetricRow> Metrics { get; } = new();

    public Column<NumberPoint> Numbers { get; } = new();

    public Column<HistogramPoint> Histograms { get; } = new();

    public Column<ExponentialHistogramPoint> ExponentialHistograms { get; } = new();

    public Column<SummaryPoint> Summaries { get; } = new();

    public Column<ExemplarRow> Exemplars { get; } = new();

    public Column<ulong> Counts { get; } = new();

    public Column<double> Doubles { get; } = new();

    public int PointCount => Numbers.Count + Histograms.Count + ExponentialHistograms.Count + Summaries.Count;

    internal MetricMark Mark() => new(
        MarkShared(),
        Metrics.Count,
        Numbers.Count,
        Histograms.Count,
        ExponentialHistograms.Count,
        Summaries.Count,
        Exemplars.Count,
        Counts.Count,
        Doubles.Count);

    /// <summary>Forgets what was added since the mark.</summary>
    internal void Rollback(in MetricMark mark)
    {
        RollbackShared(mark.Shared);
        Metrics.Truncate(mark.Metrics);
        Numbers.Truncate(mark.Numbers);
        Histograms.Truncate(mark.Histograms);
        ExponentialHistograms.Truncate(mark.ExponentialHistograms);
        Summaries.Truncate(mark.Summaries);
        Exemplars.Truncate(mark.Exemplars);
        Counts.Truncate(mark.Counts);
        Doubles.Truncate(mark.Doubles);
    }

    public override void Clear()
    {
        base.Clear();
        Metrics.Clear();
        Numbers.Clear();
        Histograms.Clear();
        ExponentialHistograms.Clear();
        Summaries.Clear();
        Exemplars.Clear();
        Counts.Clear();
        Doubles.Clear();
    }
}
