using MeshInsight.Contracts.Findings;

namespace MeshInsight.ControlPlane.Decide;

/// <summary>What is known when remediations are decided; all that a decision may look at.</summary>
/// <param name="Findings">Active ones.</param>
/// <param name="Instances">Endpoints that are ready.</param>
/// <param name="Actions">When each remediation shifted, newest last.</param>
/// <param name="ShiftedBackAt">Last time per instance.</param>
/// <param name="Refused">Refusals already recorded: instance and reason, so that one is not recorded every second.</param>
internal sealed record RemediationView(
    IReadOnlyList<Finding> Findings,
    IReadOnlyList<ReadyInstance> Instances,
    IReadOnlyDictionary<string, ShiftState> Shifts,
    IReadOnlyDictionary<string, IReadOnlyList<DateTimeOffset>> Actions,
    IReadOnlyDictionary<string, DateTimeOffset> ShiftedBackAt,
    IReadOnlySet<(string InstanceId, RefusalKind Kind)> Refused,
    IReadOnlyDictionary<string, Recovery> Recoveries);

internal readonly record struct ReadyInstance(string InstanceId, string Service, string Version);

internal enum RefusalKind
{
    TooManyInstances,
    TooManyActions,
}
