using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.Portal.ViewModels;

/// <param name="State">done, now, next or never.</param>
public sealed record RolloutStep(int Percent, string State, double Height);

/// <summary>A rollout in words and steps.</summary>
public static class RolloutStory
{
    public static bool IsUnderWay(RolloutStatus rollout) =>
        rollout.Phase is RolloutPhase.Initializing or RolloutPhase.Progressing or RolloutPhase.Holding or RolloutPhase.Promoting or RolloutPhase.RollingBack;

    public static Condition Condition(RolloutStatus rollout) => rollout.Phase switch
    {
        RolloutPhase.RolledBack or RolloutPhase.Failed or RolloutPhase.RollingBack => ViewModels.Condition.Failing,
        RolloutPhase.Holding => ViewModels.Condition.Degraded,
        RolloutPhase.Initializing => ViewModels.Condition.Unknown,
        _ => rollout.Verdict.Kind is VerdictKind.HarmProven or VerdictKind.SharedCause ? ViewModels.Condition.Degraded : ViewModels.Condition.Ok,
    };

    public static string Phase(RolloutPhase phase) => phase switch
    {
        RolloutPhase.Initializing => "waiting for the canary",
        RolloutPhase.Progressing => "under way",
        RolloutPhase.Holding => "held",
        RolloutPhase.Promoting => "being promoted",
        RolloutPhase.Succeeded => "promoted",
        RolloutPhase.RollingBack => "rolling back",
        RolloutPhase.RolledBack => "rolled back",
        _ => "failed",
    };

    public static string Sentence(RolloutStatus rollout, DateTimeOffset now)
    {
        var config = rollout.Config;
        string canary = $"{config.Service} {config.Canary}";
        string gets = $"{canary} gets {rollout.WeightPercent}{'\u00a0'}% of requests";
        string since = Figures.Ago(rollout.PhaseSince, now);
        return rollout.Phase switch
        {
            RolloutPhase.Initializing => $"{canary} gets no requests yet: none of its instances has registered. The rollout starts with the first one.",
            RolloutPhase.Progressing => $"{gets}: {Evidence(rollout)}",
            RolloutPhase.Holding => $"{gets} and is held there since {Figures.Clock(rollout.PhaseSince)}: {(rollout.PausedByPerson ? "a person paused it." : Sentence(rollout.Verdict.Reason))}",
            RolloutPhase.Promoting => $"{canary} passed every step and becomes the stable version.",
            RolloutPhase.Succeeded => $"{canary} was promoted {since}: {Arms(rollout)}",
            RolloutPhase.RollingBack => $"{canary} is being rolled back: {Arms(rollout)}{Cause(rollout)}",
            RolloutPhase.RolledBack => $"{canary} was rolled back {since}: {Arms(rollout)}{Cause(rollout)}",
            _ => $"The rollout of {canary} failed {since}: {Sentence(rollout.Verdict.Reason)}",
        };
    }

    public static string Needed(RolloutStatus rollout) => rollout.RequestsNeeded > 0
        ? $"Not enough data yet: about {Figures.Count(rollout.RequestsNeeded)} more requests to {rollout.Config.Canary} before the next step."
        : "Enough requests for the next step.";

    /// <summary>Heights on a root scale, so that 2 % is still to be seen beside 100 %.</summary>
    public static IReadOnlyList<RolloutStep> Steps(RolloutStatus rollout)
    {
        bool over = rollout.Phase is RolloutPhase.RolledBack or RolloutPhase.RollingBack or RolloutPhase.Failed;
        return [.. rollout.Config.Steps.Select((percent, i) => new RolloutStep(
            percent,
            rollout.Phase == RolloutPhase.Succeeded || i < rollout.StepIndex ? "done"
                : i == rollout.StepIndex && rollout.Phase != RolloutPhase.Initializing ? over ? "stopped" : "now"
                : over ? "never" : "next",
            Math.Sqrt(percent / 100.0)))];
    }

    private static string Evidence(RolloutStatus rollout) => rollout.Verdict.Kind switch
    {
        VerdictKind.HarmProven => $"harm is proven. {Arms(rollout)}",
        VerdictKind.SharedCause => $"both versions suffer, so the canary is not to blame{(rollout.Verdict.Cause.Length > 0 ? $"; {rollout.Verdict.Cause} is" : "")}.",
        VerdictKind.NotEnoughData => $"not enough data yet, about {Figures.Count(rollout.RequestsNeeded)} more requests.",
        _ => $"no harm seen. {(rollout.RequestsNeeded > 0 ? $"About {Figures.Count(rollout.RequestsNeeded)} more requests until the next step." : "The next step opens.")}",
    };

    private static string Arms(RolloutStatus rollout)
    {
        var (canary, stable) = (rollout.Verdict.Canary, rollout.Verdict.Stable);
        if (canary.Requests == 0)
        {
            return Sentence(rollout.Verdict.Reason);
        }

        double failed = (double)canary.Errors / canary.Requests;
        double before = stable.Requests == 0 ? double.NaN : (double)stable.Errors / stable.Requests;
        bool slow = failed < 0.01 && rollout.Verdict.Evidence.Any(e => e.Signal == "latency" && e.EValue >= e.Bound);
        return slow
            ? $"its p95 was {Figures.Millis(canary.P95Millis)}, {stable.Version} {Figures.Millis(stable.P95Millis)}."
            : $"{Figures.Share(failed)} of its requests failed, {stable.Version} {Figures.Share(before)}.";
    }

    private static string Cause(RolloutStatus rollout) => rollout.Verdict.Cause switch
    {
        "" => rollout.Verdict.Kind == VerdictKind.HarmProven ? $" Cause: {rollout.Config.Canary} itself (its own code, not a dependency)." : "",
        var cause => $" Cause: {cause}.",
    };

    private static string Sentence(string text) => text.Length == 0 ? "no reason was given." : text[^1] is '.' or '!' or '?' ? text : text + ".";
}
