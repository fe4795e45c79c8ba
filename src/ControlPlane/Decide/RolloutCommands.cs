using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.ControlPlane.Decide;

internal enum RolloutCommand
{
    Promote,
    Abort,
    Pause,
    Resume,
}

/// <summary>What a person may ask of a rollout. Pure, as <see cref="RolloutDecider"/>.</summary>
internal static class RolloutCommands
{
    /// <returns>The move, or why it is not possible.</returns>
    public static (RolloutMove? Move, string Problem) Decide(RolloutState state, RolloutCommand command, RolloutView view, DateTimeOffset now) => command switch
    {
        RolloutCommand.Promote => Promote(state, view, now),
        RolloutCommand.Abort => Abort(state, view, now),
        RolloutCommand.Pause => Pause(state, now),
        _ => Resume(state, view, now),
    };

    private static (RolloutMove? Move, string Problem) Promote(RolloutState state, RolloutView view, DateTimeOffset now)
    {
        if (state.IsOver || state.Phase is RolloutPhase.Promoting or RolloutPhase.RollingBack)
        {
            return (null, $"It is {state.Phase}; only a rollout under way can be promoted.");
        }

        return view.CanaryReady
            ? By(DecisionKind.Promote, RolloutDecider.Promote(state, now), $"A person promoted {state.Config.Service} {state.Config.Canary} to all requests. {view.Verdict.Reason}")
            : (null, $"No instance of {state.Config.Service} {state.Config.Canary} is ready; promoting it would fail every request.");
    }

    private static (RolloutMove? Move, string Problem) Abort(RolloutState state, RolloutView view, DateTimeOffset now)
    {
        if (state.Phase is RolloutPhase.RollingBack or RolloutPhase.RolledBack or RolloutPhase.Failed)
        {
            return (null, $"It is {state.Phase} already.");
        }

        bool wouldFail = state.WeightPercent > 0 && !view.StableReady && view.CanaryReady;
        return wouldFail
            ? (null, $"No instance of {state.Config.Service} {state.Config.Stable} is ready; taking {state.Config.Canary} away would fail every request.")
            : By(DecisionKind.RollBack, RolloutDecider.RollBack(state, now), $"A person aborted the rollout of {state.Config.Service} {state.Config.Canary}. {view.Verdict.Reason}");
    }

    private static (RolloutMove? Move, string Problem) Pause(RolloutState state, DateTimeOffset now)
    {
        if (state.IsOver || state.PausedByPerson || state.Phase is RolloutPhase.Promoting or RolloutPhase.RollingBack)
        {
            return (null, state.PausedByPerson ? "It is paused already." : $"It is {state.Phase}; only a rollout under way can be paused.");
        }

        var paused = state.Phase == RolloutPhase.Initializing ? state : state.Held(HoldKind.Person, now);
        return By(DecisionKind.Hold, paused with { PausedByPerson = true }, $"A person paused the rollout at {state.WeightPercent} %.");
    }

    private static (RolloutMove? Move, string Problem) Resume(RolloutState state, RolloutView view, DateTimeOffset now)
    {
        if (state.Phase is RolloutPhase.RolledBack or RolloutPhase.Failed)
        {
            // A new rollout with a new alpha: a person has decided that the evidence against the last one is not the last word.
            var again = RolloutState.New(state.Config, now) with { DecisionIds = state.DecisionIds };
            return By(DecisionKind.Resume, again, $"A person starts the rollout of {state.Config.Service} {state.Config.Canary} anew, with no evidence yet.");
        }

        if (state.PausedByPerson || (state.Hold == HoldKind.Harm && view.Verdict.Kind != VerdictKind.HarmProven))
        {
            var resumed = state.Phase == RolloutPhase.Initializing ? state : state.To(RolloutPhase.Progressing, now);
            return By(DecisionKind.Resume, resumed with { PausedByPerson = false }, $"A person resumed the rollout at {state.WeightPercent} %.");
        }

        return (null, state.Hold switch
        {
            HoldKind.Harm => $"Harm is proven: {view.Verdict.Reason} Abort it, or promote it all the same.",
            HoldKind.None => $"It is {state.Phase}, nothing holds it.",
            _ => "It is not paused by a person; it resumes by itself when what holds it is over.",
        });
    }

    private static (RolloutMove? Move, string Problem) By(DecisionKind kind, RolloutState next, string reason) =>
        (new RolloutMove(kind, next, reason, RolloutMove.ByPerson), "");
}
