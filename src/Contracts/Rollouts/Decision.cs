namespace MeshInsight.Contracts.Rollouts;

public enum DecisionKind
{
    StartRollout,
    OpenStep,
    Hold,
    Resume,
    Promote,
    RollBack,
    ShiftAway,
    ShiftBack,
    Propose,
    Refuse,
}

/// <summary>What was done, by whom, on which evidence, and how to undo it. Stored before it is carried out.</summary>
/// <param name="Target">Rollout name, or <c>service/instance</c>.</param>
/// <param name="By">"mesh", or "person" when someone asked for it.</param>
/// <param name="Evidence">The verdict or finding as JSON, exactly as it was when the decision fell.</param>
/// <param name="Method">The test used.</param>
/// <param name="ErrorBound">Probability that the decision is wrong when its premise does not hold; null for a person's decision.</param>
/// <param name="Undo">The command that reverses it; empty when nothing is to be undone.</param>
/// <param name="AppliedVersion">Snapshot version that carries it; 0 until published.</param>
/// <param name="ConfirmedAt">When every live sidecar had accepted that snapshot.</param>
public sealed record Decision(
    string Id,
    DateTimeOffset At,
    DecisionKind Kind,
    string Target,
    string By,
    string Reason,
    string Evidence,
    string Method,
    double? ErrorBound,
    string Undo,
    long AppliedVersion,
    DateTimeOffset? ConfirmedAt);
