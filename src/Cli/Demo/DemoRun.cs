using System.Globalization;
using MeshInsight.Cli.Api;
using MeshInsight.Cli.Layout;
using MeshInsight.Cli.Platform;
using MeshInsight.Cli.Supervision;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Storage.Client;

namespace MeshInsight.Cli.Demo;

/// <summary>One demo from start to summary: platform, shop, load; warm-up; the scenario; what came of it.</summary>
internal sealed class DemoRun(DemoOptions options, MeshLayout layout, PlatformPrograms programs, ShopPlan plan, DemoState state, DemoClock moments, TimeProvider clock)
{
    private static readonly TimeSpan s_judgePause = TimeSpan.FromMilliseconds(100);

    /// <summary>After the outcome, so that the incident and its cause can still be named.</summary>
    private static readonly TimeSpan s_afterOutcome = TimeSpan.FromSeconds(5);

    private Scenario Scenario => options.Scenario;

    /// <exception cref="ChildEndedException">A program that the demo needs did not start.</exception>
    /// <exception cref="TimeoutException">A program was not ready in time.</exception>
    public async Task<DemoSummary> RunAsync(CancellationToken interrupt)
    {
        using var api = new MeshApi(layout.Url(MeshPorts.ControlApi), TokenFile.TryRead(layout.TokenPath));
        using var store = new ClickHouseClient(new ClickHouseOptions(programs.ClickHouseUrl));
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        await using var supervisor = new Supervisor(layout.LogDirectory, clock, text => state.Add("trouble", text));
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        var shop = new ShopStart(plan, programs, supervisor, state.Progress, api, clock);
        var judge = new OutcomeJudge(Scenario, options.Limit);
        using var platform = new PlatformStart(layout, programs, supervisor, state.Progress);
        var watched = Task.CompletedTask;
        var portal = Task.CompletedTask;
        try
        {
            var running = platform.RunAsync(interrupt);
            var serving = shop.RunAsync(interrupt);
            portal = OpenPortalAsync(platform, watching.Token);
            await FailFast.WhenAllAsync(running, serving);
            watched = new DemoWatch(api, store, state, moments, clock).RunAsync(watching.Token);
            await shop.WarmAsync(http, interrupt);
            moments.Ready();
            state.Add("ready", $"the shop serves after {moments.SecondsToReady} s");
            supervisor.Start(plan.Load(options.RatePerSecond), line => TakeLoad(line));
            await Task.Delay(options.WarmUp, clock, interrupt);
            await PlayAsync(shop, api, http, judge, interrupt);
        }
        catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
        {
            state.Add("end", "interrupted");
        }

        await watching.CancelAsync();
        await Task.WhenAll(watched, portal);
        // The generator prints its total when it ends.
        await supervisor.StopAsync("load");
        return Summarise(judge, interrupt.IsCancellationRequested);
    }

    private async Task OpenPortalAsync(PlatformStart platform, CancellationToken ended)
    {
        try
        {
            await platform.RunPortalAsync(ended);
            moments.PortalOpen();
            state.Add("portal", state.Portal.ToString());
        }
        catch (Exception failure) when (failure is ChildEndedException or TimeoutException)
        {
            state.Add("trouble", failure.Message);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            return;
        }
    }

    private void TakeLoad(string line)
    {
        if (LoadLine.TryRead(line) is { } load)
        {
            state.Add(load);
        }
    }

    private async Task PlayAsync(ShopStart shop, MeshApi api, HttpClient http, OutcomeJudge judge, CancellationToken interrupt)
    {
        var begun = moments.Elapsed;
        if (Scenario.Rollout is { } file)
        {
            await StartRolloutAsync(shop, api, file, interrupt);
        }

        var faults = await InjectAsync(shop, http, interrupt);
        bool announced = false;
        while (!IsOver(judge, moments.Elapsed - begun))
        {
            await Task.Delay(s_judgePause, clock, interrupt);
            if (faults is not null && moments.FirstFailureAt is null && await faults.FirstAsync(interrupt) is { } first)
            {
                moments.FirstFailureAt = first;
                state.Add("fault", string.Create(CultureInfo.InvariantCulture, $"first request hit by the fault of {Scenario.SickInstance}"));
            }

            judge.Add(state.Observation with { Elapsed = moments.Elapsed - begun });
            if (judge.Outcome is { } outcome && !announced)
            {
                announced = true;
                state.Add("outcome", judge.ExpectedSeen ? $"{outcome}, as expected" : $"{outcome}, but {Scenario.Expected} was expected");
                if (!options.StayOpen)
                {
                    await Task.Delay(s_afterOutcome, clock, interrupt);
                    return;
                }
            }
        }
    }

    private bool IsOver(OutcomeJudge judge, TimeSpan elapsed) =>
        // Someone who looks around is not sent away by a limit that nobody set.
        options.StayOpen && options.Duration is null ? false : elapsed > options.Limit || (!options.StayOpen && judge.Outcome is not null);

    /// <summary>The rollout first, so that v2 gets nothing before it has begun.</summary>
    private async Task StartRolloutAsync(ShopStart shop, MeshApi api, string file, CancellationToken interrupt)
    {
        string yaml = await File.ReadAllTextAsync(Path.Combine(layout.DemoDirectory, "scenarios", file), interrupt);
        await api.ApplyAsync(yaml, dryRun: false, interrupt);
        state.Add("rollout", "checkout-v2 applied; v2 starts now");
        await shop.StartAsync(plan[ShopPlan.Canary], interrupt);
    }

    private async Task<FaultClient?> InjectAsync(ShopStart shop, HttpClient http, CancellationToken interrupt)
    {
        if (Scenario.SickInstance is not { } instance)
        {
            return null;
        }

        var faults = shop.Faults(http, instance);
        await faults.SetAsync(new(Scenario.ErrorShare, Scenario.AddedLatencyMs, options.FaultAfter.TotalSeconds, Scenario.FaultSeconds), interrupt);
        state.Add("fault", string.Create(
            CultureInfo.InvariantCulture,
            $"{instance} will fail {Scenario.ErrorShare:0%} of its requests and take {Scenario.AddedLatencyMs} ms longer, in {options.FaultAfter.TotalSeconds} s"));
        return faults;
    }

    private DemoSummary Summarise(OutcomeJudge judge, bool interrupted)
    {
        var last = state.Observation;
        var load = state.LoadTotal;
        string cause = last.Cause;
        return new DemoSummary(
            Scenario.Name,
            judge.Outcome ?? (interrupted ? Outcomes.Interrupted : Outcomes.Undecided),
            Scenario.Expected,
            judge.ExpectedSeen,
            moments.SinceFirstFailure(moments.WeightZeroAt),
            moments.SinceFirstFailure(moments.IncidentAt),
            moments.SecondsToReady,
            moments.SecondsToFirstTrace,
            load.Sent,
            load.FailedByApp,
            load.FailedByMesh,
            load.MeshCauses,
            load.NotSent,
            cause,
            Scenario.ExpectedCause is null || cause.Contains(Scenario.ExpectedCause, StringComparison.Ordinal),
            last.Rollout?.Verdict.Reason ?? (last.Incidents is [var newest, ..] ? newest.Headline : ""),
            last.Incidents.Count,
            DemoClock.Round(moments.Elapsed),
            state.Portal.ToString());
    }
}
