using MeshInsight.Contracts.Mesh;
using MeshInsight.ControlPlane.Catalog;

namespace MeshInsight.ControlPlane.Api;

/// <param name="Proxies">Connected sidecars.</param>
/// <param name="Confirmed">Those that have the newest snapshot in force.</param>
/// <param name="Collectors">Collectors heard within the last few seconds; without one there is no evidence.</param>
/// <param name="ResourceProblems">Why the watched directory is not in force, and which key sets cannot be read; empty when all is well.</param>
/// <param name="Refused">Sidecars that refused the newest snapshot they got.</param>
/// <param name="HistoryDropped">Records that did not reach ClickHouse and were given up.</param>
internal sealed record StatusAnswer(
    string Epoch,
    long Version,
    int Proxies,
    int Confirmed,
    DateTimeOffset StartedAt,
    string ProgramVersion,
    int Collectors,
    IReadOnlyList<ResourceProblem> ResourceProblems,
    IReadOnlyList<RefusalAnswer> Refused,
    long HistoryDropped);

internal sealed record RefusalAnswer(string InstanceId, long Version, IReadOnlyList<string> Problems);

internal sealed record InstanceAnswer(
    string InstanceId,
    string Service,
    string Version,
    string Zone,
    string Address,
    string AdminAddress,
    ClusterProtocol Protocol,
    bool Ready,
    int KeepPercent,
    long SnapshotVersion,
    IReadOnlyList<string> RefusedProblems,
    DateTimeOffset LastSeen,
    bool Connected);

internal sealed record ServiceAnswer(
    string Name,
    IReadOnlyList<string> Versions,
    IReadOnlyList<PortAnswer> Ports,
    int Instances,
    IReadOnlyList<WeightAnswer> Weights);

internal sealed record PortAnswer(string Name, int Port, ClusterProtocol Protocol);

internal sealed record WeightAnswer(string Version, double Percent);

internal sealed record ResourceAnswer(string ApiVersion, string Kind, string Name, string Source, string Yaml);

/// <param name="OverlapEnds">When the older of two roots leaves; null when there is one.</param>
internal sealed record IdentityAnswer(string TrustDomain, IReadOnlyList<RootAnswer> Roots, DateTimeOffset? OverlapEnds);

internal sealed record RootAnswer(string Subject, DateTimeOffset NotAfter, string Sha256, string Pem);

/// <param name="Token">Told this once; only its hash is kept.</param>
internal sealed record JoinTokenAnswer(string Token, string Service, DateTimeOffset Expires);

internal sealed record ApplyAnswer(IReadOnlyList<ResourceChange> Applied);

internal sealed record SnapshotAnswerEvent(string Epoch, long Version, DateTimeOffset At);
