using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Storage.Inserts;

/// <summary>Metric points of one table; what all kinds have in common is read through <see cref="Point"/>.</summary>
internal abstract class PointRows(MetricBatch metrics, int count) : BatchRows(metrics, count)
{
    public MetricBatch Metrics => metrics;

    public abstract PointRow Point(int row);

    public MetricRow Metric(int row) => metrics.Metrics[Point(row).Metric];

    public ResourceRow Resource(int row) => metrics.Resources[Metric(row).Resource];

    public ScopeRow Scope(int row) => metrics.Scopes[Metric(row).Scope];
}

internal sealed class NumberRows(MetricBatch metrics, int[] places) : PointRows(metrics, places.Length)
{
    /// <summary>Gauges and sums share a column of the batch; each table takes its own.</summary>
    public static int[] Find(MetricBatch metrics, MetricKind kind)
    {
        var places = new Column<int>();
        for (int row = 0; row < metrics.Numbers.Count; row++)
        {
            if (metrics.Metrics[metrics.Numbers[row].Point.Metric].Kind == kind)
            {
                places.Add(row);
            }
        }

        return places.Span.ToArray();
    }

    public override PointRow Point(int row) => Number(row).Point;

    public NumberPoint Number(int row) => Metrics.Numbers[places[row]];
}

internal sealed class HistogramRows(MetricBatch metrics) : PointRows(metrics, metrics.Histograms.Count)
{
    public override PointRow Point(int row) => Histogram(row).Point;

    public HistogramPoint Histogram(int row) => Metrics.Histograms[row];
}

internal sealed class ExponentialRows(MetricBatch metrics) : PointRows(metrics, metrics.ExponentialHistograms.Count)
{
    public override PointRow Point(int row) => Histogram(row).Point;

    public ExponentialHistogramPoint Histogram(int row) => Metrics.ExponentialHistograms[row];
}

internal sealed class SummaryRows(MetricBatch metrics) : PointRows(metrics, metrics.Summaries.Count)
{
    public override PointRow Point(int row) => Summary(row).Point;

    public SummaryPoint Summary(int row) => Metrics.Summaries[row];
}
