using MeshInsight.Contracts.Findings;

namespace MeshInsight.ControlPlane.Decide;

/// <summary>An instance that traffic is shifted away from. Kept on disk.</summary>
/// <param name="Remediation">Empty when a person asked for it.</param>
/// <param name="Reverts">Whether the mesh takes it back by itself.</param>
internal sealed record ShiftState(
    string InstanceId,
    string Service,
    string Version,
    int KeepPercent,
    string Remediation,
    bool Reverts,
    DateTimeOffset At,
    Finding? Finding,
    string DecisionId);
