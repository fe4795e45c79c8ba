using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.ControlPlane.Decide;

/// <summary>What is known about a rollout at one moment; all that a decision may look at.</summary>
/// <param name="RequestsNeeded">Canary requests still missing before the next step may open; 0 when enough.</param>
/// <param name="LastCanaryRequest">Null while none was seen in this step.</param>
/// <param name="ConfirmedAt">When every live sidecar had the present weight in force; null while they differ.</param>
/// <param name="RefusedBy">Sidecars that refuse the snapshot with the present weight.</param>
/// <param name="SharedCause">A dependency that an active finding blames; empty for none.</param>
internal sealed record RolloutView(
    Verdict Verdict,
    long RequestsNeeded,
    DateTimeOffset? LastCanaryRequest,
    bool StableReady,
    bool CanaryReady,
    DateTimeOffset? ConfirmedAt,
    IReadOnlyList<string> RefusedBy,
    string SharedCause);
