using System.Globalization;
using MeshInsight.Cli.Demo;
using MeshInsight.Storage.Queries;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshInsight.Cli.Views;

/// <summary>Requests per second, error share and p99 by service and version.</summary>
internal static class TrafficPanel
{
    public static IRenderable Draw(IReadOnlyList<TopologyNode> nodes, LoadLine second, LoadLine total)
    {
        var table = new Table().Border(TableBorder.Rounded).Title("last 10 seconds")
            .AddColumn("service").AddColumn("version").AddColumn(new TableColumn("req/s").RightAligned())
            .AddColumn(new TableColumn("failed").RightAligned()).AddColumn(new TableColumn("p99 ms").RightAligned());
        foreach (var node in nodes.Where(node => node.Red.Requests > 0))
        {
            table.AddRow(
                Markup.Escape(node.Service),
                Markup.Escape(node.Version),
                Number(node.Red.RequestsPerSecond, "0.0"),
                Failed(node.Red.ErrorShare),
                Number(node.Red.P99Millis, "0"));
        }

        string mesh = total.FailedByMesh > 0 ? $"[red]{total.FailedByMesh} by the mesh[/]" : "0 by the mesh";
        return new Rows(
            table,
            new Markup($"visitors: {second.Sent}/s, p99 {Number(second.P99Millis, "0")} ms; in all {total.Sent} sent, {total.FailedByApp} failed by the shop, {mesh}"));
    }

    private static string Failed(double share) => share switch
    {
        > 0.05 => $"[red]{Percent(share)}[/]",
        > 0 => $"[yellow]{Percent(share)}[/]",
        _ => "0 %",
    };

    private static string Percent(double share) => (share * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    private static string Number(double value, string format) => double.IsNaN(value) ? "-" : value.ToString(format, CultureInfo.InvariantCulture);
}
