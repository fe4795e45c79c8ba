using MeshInsight.Cli.Demo;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshInsight.Cli.Views;

/// <summary>The whole terminal, drawn four times a second.</summary>
internal sealed class LiveView(DemoState state, IAnsiConsole console, TimeProvider clock) : IDemoView
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    public async Task ShowAsync(CancellationToken ended) => await console.Live(Draw()).AutoClear(false).Overflow(VerticalOverflow.Ellipsis).StartAsync(async live =>
    {
        using var ticks = new PeriodicTimer(s_pause, clock);
        try
        {
            while (await ticks.WaitForNextTickAsync(ended))
            {
                live.UpdateTarget(Draw());
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            live.UpdateTarget(Draw());
        }
    });

    /// <summary>Everything as it stands now. Until traffic flows the start-up is what there is to see.</summary>
    internal IRenderable Draw()
    {
        var parts = new List<IRenderable> { Header() };
        if (state.LoadTotal.Sent == 0)
        {
            parts.Add(StartPanel.Draw(state.Progress));
        }
        else
        {
            parts.Add(TrafficPanel.Draw(state.Nodes, state.LoadSecond, state.LoadTotal));
            if (state.Observation.Rollout is { } rollout)
            {
                parts.Add(RolloutPanel.Draw(rollout));
            }

            parts.Add(IncidentPanel.Draw(state.Observation.Incidents));
        }

        parts.Add(EventPanel.Draw(state.Events));
        return new Rows(parts);
    }

    private Markup Header() => new Markup(
        $"[bold]MeshInsight[/] · {Markup.Escape(state.Scenario.Name)}: {Markup.Escape(state.Scenario.What)}\n" +
        $"portal [link]{Markup.Escape(state.Portal.ToString())}[/] · {state.Progress.Elapsed:mm\\:ss} · Ctrl-C stops everything");
}
