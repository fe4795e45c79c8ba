using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Cli.Api;

/// <summary>GET /status.</summary>
internal sealed record StatusAnswer(string Epoch, long Version, int Proxies, int Confirmed, DateTimeOffset StartedAt);

/// <summary>GET /instances.</summary>
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
    DateTimeOffset LastSeen);

/// <summary>GET /services.</summary>
internal sealed record ServiceAnswer(string Name, IReadOnlyList<string> Versions, int Instances, IReadOnlyList<WeightAnswer> Weights);

internal sealed record WeightAnswer(string Version, double Percent);

/// <summary>GET /resources.</summary>
internal sealed record ResourceAnswer(string ApiVersion, string Kind, string Name, string Source, string Yaml);

/// <summary>POST /apply.</summary>
internal sealed record ApplyAnswer(IReadOnlyList<AppliedResource> Applied);

internal sealed record AppliedResource(string Kind, string Name, string Change);

/// <summary>application/problem+json.</summary>
internal sealed record ProblemAnswer(string? Title, string? Detail, IReadOnlyList<ResourceProblemAnswer>? Problems);

internal sealed record ResourceProblemAnswer(string? File, int? Document, string? Kind, string? Name, string? Field, string? Message, IReadOnlyList<string>? Allowed);

internal sealed record IdentityAnswer(string TrustDomain, IReadOnlyList<RootAnswer> Roots, DateTimeOffset? OverlapEnds);

internal sealed record RootAnswer(string Subject, DateTimeOffset NotAfter, string Sha256, string Pem);

internal sealed record JoinTokenAnswer(string Token, string Service, DateTimeOffset Expires);
