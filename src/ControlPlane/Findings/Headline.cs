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
        string action = lastAction?.Kind switch
        {
            DecisionKind.RollBack => $"{main.Subject} was rolled back. ",
            DecisionKind.ShiftAway => "Traffic was shifted away. ",
            DecisionKind.ShiftBack => "Traffic was shifted back. ",
            DecisionKind.Hold => "The rollout is held. ",
            DecisionKind.Propose => "A rollback is proposed. ",
            _ => "",
        };
        string why = cause is null ? "Cause: not known yet." : $"Cause: {Words.CauseOf(cause, main)}.";
        return $"{action}{symptom}. {why}";
    }
}
