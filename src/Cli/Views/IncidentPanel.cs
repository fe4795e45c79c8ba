using MeshInsight.Contracts.Findings;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshInsight.Cli.Views;

internal static class IncidentPanel
{
    private const int Shown = 4;

    public static IRenderable Draw(IReadOnlyList<Incident> incidents)
    {
        if (incidents.Count == 0)
        {
            return new Markup("[green]no incident[/]");
        }

        return new Rows(incidents.OrderByDescending(incident => incident.StartedAt).Take(Shown).Select(incident => new Markup(
            $"{(incident.EndedAt is null ? "[red]incident[/]" : "[grey]over[/]")} {Markup.Escape(incident.Headline)}" +
            (incident.Cause is { } cause ? $" · cause [bold]{Markup.Escape(cause.Subject.ToString())}[/]" : ""))));
    }
}
