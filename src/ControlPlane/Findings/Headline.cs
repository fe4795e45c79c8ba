using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.ControlPlane.Findings;

/// <summary>An incident in one or two sentences.</summary>
internal static class Headline
{
    /// <param name="main">The finding that tells it best.</param>
    /// <param name="lastAction">The last thing the mesh did about it; null for nothing yet.</param>
    public static string Write(Finding main, SuspectedCause? cause, Decision? lastAction)
    {
        string symptom = Words.Symptom(main);
        string what = lastAction?.Kind switch
        {
            DecisionKind.RollBack => $"{main.Subject} was rolled back: {Words.Measured(main)}",
            DecisionKind.ShiftAway => "Traffic was shifted away. " + symptom,
            DecisionKind.ShiftBack => "Traffic was shifted back. " + symptom,
            DecisionKind.Hold => "The rollout is held. " + symptom,
            DecisionKind.Propose => "A rollback is proposed. " + symptom,
            _ => symptom,
        };
        string why = cause is null ? "Cause: not known yet." : $"Cause: {Words.CauseOf(cause, main)}.";
        return $"{what}. {why}";
    }
}
