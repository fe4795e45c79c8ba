using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Receive;

/// <summary>Estimates what a batch holds in memory from its row counts; the factors are the row sizes of the columns.</summary>
internal static class BatchSize
{
    private const int SpanRow = 140;
    private const int LogRow = 104;
    private const int PointRow = 160;
    private const int AttributeRow = 13;
    private const int SideRow = 40;
    private const int SymbolRow = 32;

    public static long Of(TelemetryBatch batch)
    {
        long shared = batch.Text.SizeBytes + ((long)batch.Attributes.Count * AttributeRow) + ((long)batch.Symbols.Count * SymbolRow)
            + ((long)batch.Resources.Count * SideRow) + ((long)batch.Scopes.Count * SideRow);
        return shared + batch switch
        {
            SpanBatch spans => ((long)spans.Count * SpanRow) + ((long)(spans.Events.Count + spans.Links.Count) * SideRow),
            LogBatch logs => (long)logs.Count * LogRow,
            MetricBatch metrics => ((long)metrics.PointCount * PointRow) + (metrics.Metrics.Count * SideRow) + ((metrics.Counts.Count + metrics.Doubles.Count) * 8L),
            _ => 0,
        };
    }

    public static int Items(TelemetryBatch batch) => batch switch
    {
        SpanBatch spans => spans.Count,
        LogBatch logs => logs.Count,
        MetricBatch metrics => metrics.PointCount,
        _ => 0,
    };
}
