using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.ControlPlane.Shift;

/// <summary>What decisions say about themselves.</summary>
internal static class RolloutTexts
{
    public const string Method = "Sequential comparison of both versions at the same time: conditional e-process over failed requests, and over requests slower than the stable version's p95; dispersion estimated online.";

    public const string RemediationMethod = "Finding of a detector about one instance; recovery measured on the traffic it kept, beside its peers at the same time.";

    /// <param name="target">Rollout name for decisions about rollouts, decision id for those about instances.</param>
    public static string Undo(DecisionKind kind, string target) => kind switch
    {
        DecisionKind.StartRollout or DecisionKind.OpenStep or DecisionKind.Promote => $"meshinsight rollout abort {target}",
        DecisionKind.RollBack => $"meshinsight rollout resume {target}",
        DecisionKind.Hold => $"meshinsight rollout resume {target}",
        DecisionKind.Resume => $"meshinsight rollout pause {target}",
        DecisionKind.Propose => $"meshinsight rollout abort {target}",
        DecisionKind.ShiftAway or DecisionKind.ShiftBack => $"meshinsight decisions undo {target}",
        _ => "",
    };
}
