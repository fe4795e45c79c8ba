using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Client;
using static MeshInsight.Storage.Inserts.BatchColumns;

namespace MeshInsight.Storage.Inserts;

/// <summary>Metric points → <c>otel_metrics_*</c>, a table per kind, as the OpenTelemetry ClickHouse exporter writes them.</summary>
internal static class MetricBlocks
{
    private static readonly BlockColumn<NumberRows>[] NumberColumns =
    [
        .. PointColumns.Common<NumberRows>(),
        .. PointColumns.Exemplars<NumberRows>(),
        Number<NumberRows, double>("Value", "Float64", static (r, row) => r.Number(row).Value),
    ];

    private static readonly Block<NumberRows> Gauges = new("otel_metrics_gauge", static r => r.Count, NumberColumns);

    private static readonly Block<NumberRows> Sums = new("otel_metrics_sum", static r => r.Count,
    [
        .. NumberColumns,
        PointColumns.Temporality<NumberRows>(),
        Number<NumberRows, byte>("IsMonotonic", "Bool", static (r, row) => r.Metric(row).IsMonotonic ? (byte)1 : (byte)0),
    ]);

    private static readonly Block<HistogramRows> Histograms = new("otel_metrics_histogram", static r => r.Count,
    [
        .. PointColumns.Common<HistogramRows>(),
        .. PointColumns.Exemplars<HistogramRows>(),
        PointColumns.Temporality<HistogramRows>(),
        Number<HistogramRows, ulong>("Count", "UInt64", static (r, row) => r.Histogram(row).Count),
        Number<HistogramRows, double>("Sum", "Float64", static (r, row) => PointColumns.OrZero(r.Histogram(row).Sum)),
        Number<HistogramRows, double>("Min", "Float64", static (r, row) => PointColumns.OrZero(r.Histogram(row).Min)),
        Number<HistogramRows, double>("Max", "Float64", static (r, row) => PointColumns.OrZero(r.Histogram(row).Max)),
        NestedColumns.Number<HistogramRows, ulong>("BucketCounts", "UInt64", static (r, row) => r.Histogram(row).Buckets, static (r, i) => r.Metrics.Counts[i]),
        NestedColumns.Number<HistogramRows, double>("ExplicitBounds", "Float64", static (r, row) => r.Histogram(row).Bounds, static (r, i) => r.Metrics.Doubles[i]),
    ]);

    private static readonly Block<ExponentialRows> Exponentials = new("otel_metrics_exp_histogram", static r => r.Count,
    [
        .. PointColumns.Common<ExponentialRows>(),
        .. PointColumns.Exemplars<ExponentialRows>(),
        PointColumns.Temporality<ExponentialRows>(),
        Number<ExponentialRows, ulong>("Count", "UInt64", static (r, row) => r.Histogram(row).Count),
        Number<ExponentialRows, double>("Sum", "Float64", static (r, row) => PointColumns.OrZero(r.Histogram(row).Sum)),
        Number<ExponentialRows, double>("Min", "Float64", static (r, row) => PointColumns.OrZero(r.Histogram(row).Min)),
        Number<ExponentialRows, double>("Max", "Float64", static (r, row) => PointColumns.OrZero(r.Histogram(row).Max)),
        Number<ExponentialRows, int>("Scale", "Int32", static (r, row) => r.Histogram(row).Scale),
        Number<ExponentialRows, ulong>("ZeroCount", "UInt64", static (r, row) => r.Histogram(row).ZeroCount),
        Number<ExponentialRows, int>("PositiveOffset", "Int32", static (r, row) => r.Histogram(row).PositiveOffset),
        NestedColumns.Number<ExponentialRows, ulong>(
            "PositiveBucketCounts", "UInt64", static (r, row) => r.Histogram(row).PositiveBuckets, static (r, i) => r.Metrics.Counts[i]),
        Number<ExponentialRows, int>("NegativeOffset", "Int32", static (r, row) => r.Histogram(row).NegativeOffset),
        NestedColumns.Number<ExponentialRows, ulong>(
            "NegativeBucketCounts", "UInt64", static (r, row) => r.Histogram(row).NegativeBuckets, static (r, i) => r.Metrics.Counts[i]),
    ]);

    private static readonly Block<SummaryRows> Summaries = new("otel_metrics_summary", static r => r.Count,
    [
        .. PointColumns.Common<SummaryRows>(),
        Number<SummaryRows, ulong>("Count", "UInt64", static (r, row) => r.Summary(row).Count),
        Number<SummaryRows, double>("Sum", "Float64", static (r, row) => PointColumns.OrZero(r.Summary(row).Sum)),
        PointColumns.Quantiles("ValueAtQuantiles.Quantile", 0),
        PointColumns.Quantiles("ValueAtQuantiles.Value", 1),
    ]);

    /// <summary>One insert per table that gets rows.</summary>
    public static IEnumerable<TableInsert> Inserts(MetricBatch metrics)
    {
        TableInsert[] all =
        [
            Gauges.Insert(new(metrics, NumberRows.Find(metrics, MetricKind.Gauge))),
            Sums.Insert(new(metrics, NumberRows.Find(metrics, MetricKind.Sum))),
            Histograms.Insert(new(metrics)),
            Exponentials.Insert(new(metrics)),
            Summaries.Insert(new(metrics)),
        ];
        return all.Where(insert => insert.Rows > 0);
    }
}
