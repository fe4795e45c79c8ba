using System.Reflection;
using MeshInsight.Collector.Meters;
using MeshInsight.Testing;

namespace MeshInsight.Collector.Tests.Meters;

public sealed class MeterTableTests
{
    [Fact]
    public void Page_InDocs_SaysWhatTheTableSays() =>
        Assert.Equal(MeterTable.ToMarkdown(), File.ReadAllText(Path.Combine(Repository.Root, "docs", "collector-metrics.md")));

    [Fact]
    public void Rows_HoldEveryRowOnce()
    {
        var rows = typeof(MeterTable).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => field.GetValue(null)).Cast<MeterRow>();

        Assert.Equal(rows.OrderBy(r => r.Name), MeterTable.Rows.OrderBy(r => r.Name));
        Assert.Equal(MeterTable.Rows.Count, MeterTable.Rows.Select(r => r.Name).Distinct().Count());
    }

    [Fact]
    public void Text_OfCountersAndGauges_IsPrometheus()
    {
        var meters = new CollectorMeters();
        meters[MeterTable.Received, "traces"].Add(3);
        meters[MeterTable.Received, "logs"].Add(1);
        meters[MeterTable.QueueBytes].Set(7);

        string text = meters.WriteText();

        Assert.Contains("# TYPE mesh_collector_received_total counter\nmesh_collector_received_total{signal=\"logs\"} 1\nmesh_collector_received_total{signal=\"traces\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE mesh_collector_queue_bytes gauge\nmesh_collector_queue_bytes 7\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("collector_inserts_total{", text, StringComparison.Ordinal);
    }
}
