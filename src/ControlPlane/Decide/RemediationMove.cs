using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.ControlPlane.Decide;

/// <summary>What to do about one instance.</summary>
/// <param name="Kind">ShiftAway, ShiftBack or Refuse.</param>
/// <param name="Shift">Set when shifting away.</param>
/// <param name="Refusal">Set when refusing.</param>
internal sealed record RemediationMove(
    DecisionKind Kind,
    string InstanceId,
    string Service,
    string Reason,
    ShiftState? Shift = null,
    RefusalKind? Refusal = null,
    Finding? Finding = null,
    string By = RolloutMove.ByMesh,
    double? ErrorBound = null);
