namespace MeshInsight.Portal.Clients;

// Answers of the control plane's REST that are not records of Contracts (docs/architecture.md).

/// <param name="Collectors">Heard within the last few seconds.</param>
/// <param name="ResourceProblems">Why the watched directory is not in force.</param>
/// <param name="HistoryDropped">Records that did not reach the store and were given up.</param>
public sealed record ControlStatus(
    string Epoch,
    long Version,
    int Proxies,
    int Confirmed,
    DateTimeOffset StartedAt,
    string ProgramVersion = "",
    int? Collectors = null,
    IReadOnlyList<ResourceProblem>? ResourceProblems = null,
    IReadOnlyList<SnapshotRefusal>? Refused = null,
    long HistoryDropped = 0);

public sealed record ResourceProblem(string File, int Document, string Kind, string Name, string Field, string Message, IReadOnlyList<string>? Allowed);

public sealed record SnapshotRefusal(string InstanceId, long Version, IReadOnlyList<string>? Problems);

public sealed record MeshInstance(
    string InstanceId,
    string Service,
    string Version,
    string Zone,
    string Address,
    string AdminAddress,
    string Protocol,
    bool Ready,
    int KeepPercent,
    long SnapshotVersion,
    IReadOnlyList<string>? RefusedProblems,
    DateTimeOffset LastSeen,
    bool Connected = true);

public sealed record MeshService(string Name, IReadOnlyList<string>? Versions, IReadOnlyList<VersionWeight>? Weights);

public sealed record VersionWeight(string Version, double Percent);

public sealed record MeshResource(string ApiVersion, string Kind, string Name, string Source, string Yaml);

internal sealed record ControlPlaneProblem(string? Title, string? Detail);
