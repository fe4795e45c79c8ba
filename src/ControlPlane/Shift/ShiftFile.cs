using MeshInsight.ControlPlane.Decide;

namespace MeshInsight.ControlPlane.Shift;

/// <summary>What the stage must know after a restart.</summary>
/// <param name="Settled">By service: the version that a finished rollout has left in charge, once its resource is gone.</param>
/// <param name="Actions">By remediation: when it shifted within the last hour.</param>
internal sealed record ShiftFile(
    IReadOnlyList<RolloutState> Rollouts,
    IReadOnlyList<ShiftState> Shifts,
    IReadOnlyDictionary<string, SettledVersion> Settled,
    IReadOnlyDictionary<string, IReadOnlyList<DateTimeOffset>> Actions)
{
    public static ShiftFile Empty { get; } =
        new([], [], new Dictionary<string, SettledVersion>(), new Dictionary<string, IReadOnlyList<DateTimeOffset>>());
}

/// <param name="InCharge">Gets all requests that no route sends elsewhere.</param>
/// <param name="Other">The arm that gets none.</param>
internal sealed record SettledVersion(string InCharge, string Other);
