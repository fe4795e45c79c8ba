using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.ControlPlane.Decide;

/// <summary>Why a rollout is held.</summary>
internal enum HoldKind
{
    None,
    Person,

    /// <summary>The cause is not the canary.</summary>
    SharedCause,
    NoTraffic,
    NoCanary,

    /// <summary>Harm is proven, and it was asked to hold or to propose then, or rolling back would leave nobody to serve.</summary>
    Harm,
}

/// <summary>Everything a rollout must remember beside its evidence. Immutable; kept on disk.</summary>
/// <param name="WeightPercent">What the canary gets.</param>
internal sealed record RolloutState(
    RolloutConfig Config,
    RolloutPhase Phase,
    int StepIndex,
    int WeightPercent,
    DateTimeOffset StartedAt,
    DateTimeOffset PhaseSince,
    DateTimeOffset? EndedAt,
    HoldKind Hold,
    bool PausedByPerson,
    IReadOnlyList<string> DecisionIds)
{
    public bool IsOver => Phase is RolloutPhase.Succeeded or RolloutPhase.RolledBack or RolloutPhase.Failed;

    /// <summary>Both arms may get traffic, so they can be compared.</summary>
    public bool IsJudged => Phase is RolloutPhase.Progressing or RolloutPhase.Holding;

    public static RolloutState New(RolloutConfig config, DateTimeOffset now) =>
        new(config, RolloutPhase.Initializing, 0, 0, now, now, null, HoldKind.None, PausedByPerson: false, []);

    public RolloutState To(RolloutPhase phase, DateTimeOffset now) =>
        this with { Phase = phase, PhaseSince = now, Hold = HoldKind.None, EndedAt = null };

    public RolloutState Held(HoldKind hold, DateTimeOffset now) => To(RolloutPhase.Holding, now) with { Hold = hold };

    public RolloutState Ended(RolloutPhase phase, DateTimeOffset now) => To(phase, now) with { EndedAt = now, PausedByPerson = false };
}
