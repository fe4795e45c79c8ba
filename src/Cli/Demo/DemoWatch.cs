using MeshInsight.Cli.Api;
using MeshInsight.Storage.Client;
using MeshInsight.Storage.Queries;

namespace MeshInsight.Cli.Demo;

/// <summary>Looks at the mesh while a demo runs: the control plane five times a second, ClickHouse once.</summary>
internal sealed class DemoWatch(MeshApi api, ClickHouseClient store, DemoState state, DemoClock moments, TimeProvider clock)
{
    private static readonly TimeSpan s_controlPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_storePause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(10);

    /// <summary>Until cancelled. What cannot be reached is tried again: the demo goes on without its control plane, as the mesh does.</summary>
    public Task RunAsync(CancellationToken cancellation) => Task.WhenAll(
        RepeatAsync(s_controlPause, ObserveAsync, cancellation),
        RepeatAsync(s_storePause, MeasureAsync, cancellation));

    private async Task ObserveAsync(CancellationToken cancellation)
    {
        var rollout = (await api.RolloutsAsync(cancellation)).FirstOrDefault();
        var incidents = await api.IncidentsAsync(openOnly: false, cancellation);
        var instances = await api.InstancesAsync(cancellation);
        var before = state.Observation;
        var now = new Observation(moments.Elapsed, rollout, incidents, instances);
        state.Observation = now;
        if (rollout is { WeightPercent: 0, ConfirmedWeightPercent: 0, Phase: Contracts.Rollouts.RolloutPhase.RolledBack or Contracts.Rollouts.RolloutPhase.RollingBack })
        {
            moments.WeightZero();
        }

        if (incidents.Count > 0)
        {
            moments.Incident();
        }

        foreach (var (kind, text) in Changes.Between(before, now))
        {
            state.Add(kind, text);
        }
    }

    private async Task MeasureAsync(CancellationToken cancellation)
    {
        // The newest second is still being counted.
        var until = clock.GetUtcNow() - s_storePause;
        var view = await new TopologyQueries(store).ViewAsync(new TimeWindow(until - s_window, until), cancellation);
        state.Nodes = view.Nodes;
        if (moments is { SecondsToFirstTrace: null, IsPortalOpen: true } && await HasTraceAsync(cancellation))
        {
            moments.FirstTrace();
            state.Add("trace", $"first traced request in the portal after {moments.SecondsToFirstTrace} s");
        }
    }

    private async Task<bool> HasTraceAsync(CancellationToken cancellation)
    {
        var search = new TraceSearch(TimeWindow.Last(TimeSpan.FromMinutes(5), clock), Limit: 1);
        return (await new TraceQueries(store).SearchAsync(search, cancellation)).Count > 0;
    }

    private async Task RepeatAsync(TimeSpan pause, Func<CancellationToken, Task> look, CancellationToken cancellation)
    {
        using var ticks = new PeriodicTimer(pause, clock);
        string trouble = "";
        try
        {
            do
            {
                try
                {
                    await look(cancellation);
                    trouble = "";
                }
                catch (Exception failure) when (failure is MeshApiException or ClickHouseException)
                {
                    // Said once, not five times a second.
                    if (trouble != failure.Message)
                    {
                        trouble = failure.Message;
                        state.Add("trouble", trouble);
                    }
                }
            }
            while (await ticks.WaitForNextTickAsync(cancellation));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return;
        }
    }
}
