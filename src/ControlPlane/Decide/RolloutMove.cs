using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.ControlPlane.Decide;

/// <summary>What to do with a rollout.</summary>
/// <param name="Kind">Null for a change of phase that is a consequence of an earlier decision, not one of its own.</param>
/// <param name="ErrorBound">Probability that the decision is wrong; null when the test says nothing about it.</param>
internal sealed record RolloutMove(DecisionKind? Kind, RolloutState Next, string Reason, string By = RolloutMove.ByMesh, double? ErrorBound = null)
{
    public const string ByMesh = "mesh";
    public const string ByPerson = "person";
}
