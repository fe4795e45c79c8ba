using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.ControlPlane.Decide;

/// <summary>
/// Where a rollout goes next. Pure: no clock, no I/O, so every case is a row in a test. The order of the checks is the order of what matters:
/// harm before everything, a person's pause before the mesh's own reasons to hold, and a step only when nothing speaks against it.
/// </summary>
internal static class RolloutDecider
{
    /// <summary>After a weight is live everywhere, windows of requests that began before it still arrive.</summary>
    public static readonly TimeSpan Dwell = TimeSpan.FromSeconds(3);

    /// <summary>A canary that nobody calls for so long is not judged: it waits.</summary>
    public static readonly TimeSpan NoTrafficAfter = TimeSpan.FromSeconds(15);

    /// <summary>A reason to hold that comes and goes must be gone for so long.</summary>
    public static readonly TimeSpan HoldAtLeast = TimeSpan.FromSeconds(5);

    /// <summary>A sidecar that refuses the way back for so long will not take it by itself.</summary>
    public static readonly TimeSpan RefusedFor = TimeSpan.FromSeconds(60);

    /// <returns>Null when nothing is to be done.</returns>
    public static RolloutMove? Decide(RolloutState state, RolloutView view, DateTimeOffset now) => state.Phase switch
    {
        RolloutPhase.Initializing => Start(state, view, now),
        RolloutPhase.Progressing or RolloutPhase.Holding when view.Verdict.Kind == VerdictKind.HarmProven => AnswerHarm(state, view, now),
        RolloutPhase.Progressing or RolloutPhase.Holding => OnHold(state, view, now) ?? Advance(state, view, now),
        RolloutPhase.Promoting => FinishPromotion(state, view, now),
        RolloutPhase.RollingBack => FinishRollback(state, view, now),
        _ => null,
    };

    private static RolloutMove? Start(RolloutState state, RolloutView view, DateTimeOffset now)
    {
        if (state.PausedByPerson || !view.CanaryReady || !view.StableReady)
        {
            return null;
        }

        var config = state.Config;
        int weight = config.Steps[0];
        return new RolloutMove(
            DecisionKind.StartRollout,
            state.To(RolloutPhase.Progressing, now) with { StepIndex = 0, WeightPercent = weight },
            $"{config.Service} {config.Canary} is ready and gets {weight} % of the requests; {config.Stable} keeps the rest.");
    }

    private static RolloutMove? AnswerHarm(RolloutState state, RolloutView view, DateTimeOffset now)
    {
        var config = state.Config;
        bool isHeld = state.Hold == HoldKind.Harm;
        if (config.OnHarm == OnHarm.RollBack)
        {
            if (view.StableReady)
            {
                return new RolloutMove(
                    DecisionKind.RollBack, RollBack(state, now), $"{config.Service} {config.Canary} is rolled back. {view.Verdict.Reason}", ErrorBound: config.Alpha);
            }

            return isHeld
                ? null
                : Hold(state, HoldKind.Harm, now, $"{config.Canary} does harm, but no instance of {config.Stable} is ready: taking {config.Canary} away would fail every request. {view.Verdict.Reason}");
        }

        if (isHeld)
        {
            return null;
        }

        var held = state.Held(HoldKind.Harm, now);
        return config.OnHarm == OnHarm.Propose
            ? new RolloutMove(DecisionKind.Propose, held, $"Rolling back {config.Service} {config.Canary} is proposed. {view.Verdict.Reason}", ErrorBound: config.Alpha)
            : new RolloutMove(DecisionKind.Hold, held, $"{config.Service} {config.Canary} is held at {state.WeightPercent} %. {view.Verdict.Reason}", ErrorBound: config.Alpha);
    }

    /// <summary>Holds, stays held, or resumes; null when the rollout is progressing and nothing holds it.</summary>
    private static RolloutMove? OnHold(RolloutState state, RolloutView view, DateTimeOffset now)
    {
        if (state.PausedByPerson)
        {
            return state.Hold == HoldKind.Person ? null : Hold(state, HoldKind.Person, now, "A person paused the rollout.");
        }

        if (state.Hold == HoldKind.Harm)
        {
            // Harm was proven once; that the canary looks better since is for a person to weigh.
            return null;
        }

        var (reason, text) = ReasonToHold(state, view, now);
        if (reason != HoldKind.None)
        {
            return reason == state.Hold ? null : Hold(state, reason, now, text);
        }

        if (state.Phase != RolloutPhase.Holding)
        {
            return null;
        }

        return state.Hold == HoldKind.NoTraffic || now - state.PhaseSince >= HoldAtLeast
            ? new RolloutMove(DecisionKind.Resume, state.To(RolloutPhase.Progressing, now), $"What held the rollout is over: {state.Config.Canary} goes on at {state.WeightPercent} %.")
            : null;
    }

    private static (HoldKind Kind, string Text) ReasonToHold(RolloutState state, RolloutView view, DateTimeOffset now)
    {
        var config = state.Config;
        if (!view.CanaryReady)
        {
            return (HoldKind.NoCanary, $"No instance of {config.Service} {config.Canary} is ready; {config.Stable} serves its share meanwhile.");
        }

        if (view.Verdict.Kind == VerdictKind.SharedCause)
        {
            return (HoldKind.SharedCause, view.Verdict.Cause.Length > 0 ? $"The cause is {view.Verdict.Cause}, not {config.Canary}. {view.Verdict.Reason}" : view.Verdict.Reason);
        }

        if (view.SharedCause.Length > 0)
        {
            return (HoldKind.SharedCause, $"{view.SharedCause} fails, on which {config.Service} depends: nothing is judged until it is over. {config.Canary} is not to blame.");
        }

        var quietSince = Latest(view.LastCanaryRequest, view.ConfirmedAt, state.Hold == HoldKind.NoTraffic ? null : state.PhaseSince);
        return quietSince is { } since && now - since < NoTrafficAfter
            ? (HoldKind.None, "")
            : (HoldKind.NoTraffic, $"Not enough data yet: no request reached {config.Canary} for {NoTrafficAfter.TotalSeconds:0} s; about {Math.Max(1, view.RequestsNeeded)} more are needed.");
    }

    private static RolloutMove? Advance(RolloutState state, RolloutView view, DateTimeOffset now)
    {
        bool isOpen = state.Phase == RolloutPhase.Progressing
            && view.RequestsNeeded == 0
            && view.Verdict.Kind == VerdictKind.NoHarmSeen
            && view.ConfirmedAt is { } confirmed
            && now - confirmed >= Dwell;
        if (!isOpen)
        {
            return null;
        }

        var config = state.Config;
        int next = state.StepIndex + 1;

        // At 100 % there is no other arm to compare with: that step is the promotion.
        if (next >= config.Steps.Count || config.Steps[next] >= 100)
        {
            return new RolloutMove(
                DecisionKind.Promote, Promote(state, now), $"{config.Service} {config.Canary} gets all requests. {view.Verdict.Reason}");
        }

        int weight = config.Steps[next];
        return new RolloutMove(
            DecisionKind.OpenStep,
            state.To(RolloutPhase.Progressing, now) with { StepIndex = next, WeightPercent = weight },
            $"{config.Service} {config.Canary} goes from {state.WeightPercent} % to {weight} %. {view.Verdict.Reason}");
    }

    // A stable version that breaks now changes nothing: the canary has passed, and is what still works.
    private static RolloutMove? FinishPromotion(RolloutState state, RolloutView view, DateTimeOffset now) =>
        view.CanaryReady && view.ConfirmedAt is { } confirmed && now - confirmed >= Dwell
            ? new RolloutMove(null, state.Ended(RolloutPhase.Succeeded, now), $"{state.Config.Canary} is the stable version now.")
            : null;

    private static RolloutMove? FinishRollback(RolloutState state, RolloutView view, DateTimeOffset now)
    {
        if (view.ConfirmedAt is not null)
        {
            return new RolloutMove(null, state.Ended(RolloutPhase.RolledBack, now), $"Every sidecar sends {state.Config.Canary} nothing any more.");
        }

        return view.RefusedBy.Count > 0 && now - state.PhaseSince >= RefusedFor
            ? new RolloutMove(
                DecisionKind.Refuse,
                state.Ended(RolloutPhase.Failed, now),
                $"{string.Join(", ", view.RefusedBy)} refuse the snapshot that takes {state.Config.Canary} back; restart them.")
            : null;
    }

    internal static RolloutState RollBack(RolloutState state, DateTimeOffset now) =>
        state.To(RolloutPhase.RollingBack, now) with { WeightPercent = 0, PausedByPerson = false };

    internal static RolloutState Promote(RolloutState state, DateTimeOffset now) =>
        state.To(RolloutPhase.Promoting, now) with { StepIndex = state.Config.Steps.Count - 1, WeightPercent = 100, PausedByPerson = false };

    private static RolloutMove Hold(RolloutState state, HoldKind kind, DateTimeOffset now, string text) =>
        new(DecisionKind.Hold, state.Held(kind, now), text);

    private static DateTimeOffset? Latest(params ReadOnlySpan<DateTimeOffset?> times)
    {
        DateTimeOffset? latest = null;
        foreach (var time in times)
        {
            latest = time is not null && (latest is null || time > latest) ? time : latest;
        }

        return latest;
    }
}
