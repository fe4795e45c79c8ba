namespace MeshInsight.Contracts.Rollouts;

/// <summary>Where a rollout stands.</summary>
public enum RolloutPhase
{
    /// <summary>Declared; waiting for instances of the canary.</summary>
    Initializing,

    /// <summary>The canary gets a step's share and evidence is gathered.</summary>
    Progressing,

    /// <summary>The share stays; a shared cause, a lack of traffic or a person holds it.</summary>
    Holding,

    /// <summary>All steps passed; the canary becomes the stable version.</summary>
    Promoting,
    Succeeded,

    /// <summary>Harm is proven or a person aborted; weight 0 is on its way to every sidecar.</summary>
    RollingBack,
    RolledBack,

    /// <summary>It could neither be finished nor undone; the last decision says why.</summary>
    Failed,
}

public enum OnHarm
{
    RollBack,
    Hold,
    Propose,
}

/// <summary>A rollout as asked for.</summary>
/// <param name="Steps">Percent of requests, growing, 1..100.</param>
/// <param name="Alpha">Bound on rolling back a healthy canary, over the whole rollout.</param>
public sealed record RolloutConfig(
    string Name,
    string Service,
    string Stable,
    string Canary,
    IReadOnlyList<int> Steps,
    double Alpha,
    int MinimumRequestsPerStep,
    IReadOnlyList<string> Signals,
    OnHarm OnHarm);

/// <summary>A rollout as it stands.</summary>
/// <param name="WeightPercent">What the canary gets now, as asked of the sidecars.</param>
/// <param name="ConfirmedWeightPercent">What every live sidecar has confirmed; null while they differ.</param>
/// <param name="RequestsNeeded">Requests to the canary that are still missing before the next step may open; 0 when enough.</param>
public sealed record RolloutStatus(
    RolloutConfig Config,
    RolloutPhase Phase,
    int StepIndex,
    int WeightPercent,
    int? ConfirmedWeightPercent,
    DateTimeOffset StartedAt,
    DateTimeOffset PhaseSince,
    DateTimeOffset? EndedAt,
    bool PausedByPerson,
    long RequestsNeeded,
    Verdict Verdict,
    IReadOnlyList<string> DecisionIds);
