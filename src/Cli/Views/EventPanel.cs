using System.Globalization;
using MeshInsight.Cli.Demo;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshInsight.Cli.Views;

internal static class EventPanel
{
    private const int Shown = 7;

    public static IRenderable Draw(IReadOnlyList<DemoEvent> events) => new Rows(events.TakeLast(Shown).Select(happened => new Markup(
        $"[grey]{happened.At.ToString("HH:mm:ss", CultureInfo.InvariantCulture)}[/] {Colour(happened.Kind)} {Markup.Escape(happened.Text)}")));

    private static string Colour(string kind) => kind switch
    {
        "trouble" or "fault" => $"[red]{kind}[/]",
        "incident" or "cause" or "shift" => $"[yellow]{kind}[/]",
        "outcome" => $"[bold]{kind}[/]",
        _ => kind,
    };
}
