using System.Globalization;
using MeshInsight.Cli.Platform;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshInsight.Cli.Views;

internal static class StartPanel
{
    public static IRenderable Draw(StartProgress progress)
    {
        var table = new Table().Border(TableBorder.Rounded).Title("starting").AddColumns("component", "state", "seconds");
        foreach (var component in progress.Components)
        {
            var seconds = component.Phase is StartPhase.Starting ? progress.Elapsed : component.At;
            table.AddRow(
                Markup.Escape(component.Name),
                component.Phase switch
                {
                    StartPhase.Ready => "[green]ready[/]",
                    StartPhase.Failed => "[red]failed[/]",
                    StartPhase.Starting => "[yellow]starting[/]",
                    _ => "waiting",
                },
                seconds.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture));
        }

        return table;
    }
}
