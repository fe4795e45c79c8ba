using System.Globalization;
using MeshInsight.Cli.Api;
using MeshInsight.Storage.Client;

namespace MeshInsight.Cli.Demo;

/// <summary>
/// A scenario on a mesh that somebody else started, with the shop and its visitors: containers, for one. Everything is done over the wire, so it works
/// from wherever the control plane and the sick instance's faults can be reached.
/// </summary>
/// <param name="rolloutDirectory">Holds the scenarios' rollouts.</param>
/// <param name="faults">Those of the instance that the scenario makes sick.</param>
internal sealed class AttachedRun(
    DemoOptions options, string rolloutDirectory, MeshApi api, ClickHouseClient store, FaultClient faults, DemoState state, DemoClock moments, TimeProvider clock)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    /// <summary>After the outcome, so that the incident and its cause can still be named.</summary>
    private static readonly TimeSpan s_afterOutcome = TimeSpan.FromSeconds(5);

    private Scenario Scenario => options.Scenario;

    /// <returns>Whether the mesh did what the scenario expects of it.</returns>
    /// <exception cref="TimeoutException">The mesh was not ready in time.</exception>
    /// <exception cref="MeshApiException">The control plane refused something.</exception>
    /// <exception cref="HttpRequestException">The faults cannot be set.</exception>
    public async Task<bool> RunAsync(CancellationToken interrupt)
    {
        await ReadyAsync(interrupt);
        moments.Ready();
        state.Add("ready", $"every instance of the shop has a sidecar; portal {state.Portal}");
        if (Scenario.SickInstance is not null)
        {
            await faults.SetAsync(new(0, 0, 0, 0), interrupt);
        }

        using var watching = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        await ForgetRolloutsAsync(interrupt);
        await Task.Delay(options.WarmUp, clock, interrupt);
        var watched = new DemoWatch(api, store, state, moments, clock).RunAsync(watching.Token);
        await StartAsync(interrupt);
        var judge = new OutcomeJudge(Scenario, options.Limit);
        await FollowAsync(judge, interrupt);
        await watching.CancelAsync();
        await watched;
        return judge.ExpectedSeen;
    }

    private async Task ReadyAsync(CancellationToken interrupt)
    {
        long begun = clock.GetTimestamp();
        string missing = await MissingAsync(interrupt);
        while (missing.Length > 0)
        {
            if (clock.GetElapsedTime(begun) > s_patience)
            {
                throw new TimeoutException($"The shop was not ready after {s_patience.TotalMinutes} minutes: {missing}.");
            }

            await Task.Delay(s_pause, clock, interrupt);
            missing = await MissingAsync(interrupt);
        }
    }

    /// <returns>Empty when nothing is missing.</returns>
    private async Task<string> MissingAsync(CancellationToken interrupt)
    {
        try
        {
            var ready = (await api.InstancesAsync(interrupt)).Where(i => i.Ready).Select(i => i.InstanceId).ToHashSet();
            var missing = ShopPlan.Instances.Except(ready).ToList();
            return missing.Count == 0 ? "" : "no sidecar that is ready of " + string.Join(", ", missing);
        }
        catch (MeshApiException failure) when (failure.IsUnreachable)
        {
            return failure.Message;
        }
    }

    /// <summary>A rollout of an earlier run has ended and would be taken for this one's.</summary>
    private async Task ForgetRolloutsAsync(CancellationToken interrupt)
    {
        foreach (var rollout in await api.RolloutsAsync(interrupt))
        {
            await api.DeleteAsync("Rollout", rollout.Config.Name, interrupt);
        }
    }

    private async Task StartAsync(CancellationToken interrupt)
    {
        if (Scenario.Rollout is { } file)
        {
            await api.ApplyAsync(await File.ReadAllTextAsync(Path.Combine(rolloutDirectory, file), interrupt), dryRun: false, interrupt);
            state.Add("rollout", file + " applied");
        }

        if (Scenario.SickInstance is { } instance)
        {
            await faults.SetAsync(new(Scenario.ErrorShare, Scenario.AddedLatencyMs, options.FaultAfter.TotalSeconds, Scenario.FaultSeconds), interrupt);
            state.Add("fault", string.Create(
                CultureInfo.InvariantCulture,
                $"{instance} will fail {Scenario.ErrorShare:0%} of its requests and take {Scenario.AddedLatencyMs} ms longer, in {options.FaultAfter.TotalSeconds} s"));
        }
    }

    private async Task FollowAsync(OutcomeJudge judge, CancellationToken interrupt)
    {
        var begun = moments.Elapsed;
        while (judge.Outcome is null && moments.Elapsed - begun < options.Limit)
        {
            await Task.Delay(s_pause, clock, interrupt);
            if (Scenario.SickInstance is not null && moments.FirstFailureAt is null && await faults.FirstAsync(interrupt) is { } first)
            {
                moments.FirstFailureAt = first;
                state.Add("fault", "first request hit by the fault of " + Scenario.SickInstance);
            }

            judge.Add(state.Observation with { Elapsed = moments.Elapsed - begun });
        }

        await Task.Delay(s_afterOutcome, clock, interrupt);
        string weightZero = moments.SinceFirstFailure(moments.WeightZeroAt) is { } seconds
            ? string.Create(CultureInfo.InvariantCulture, $"; {seconds} s from the first failure to weight 0 on every sidecar")
            : "";
        string cause = state.Observation.Cause is { Length: > 0 } named ? "; cause named: " + named : "";
        state.Add("outcome", $"{judge.Outcome ?? Outcomes.Undecided}, {(judge.ExpectedSeen ? "as expected" : $"but {Scenario.Expected} was expected")}{weightZero}{cause}");
    }
}
