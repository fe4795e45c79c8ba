namespace MeshInsight.Contracts.Findings;

public enum SignalKind
{
    Errors,
    Latency,
    Traffic,
}

public enum SubjectScope
{
    Service,
    Version,
    Instance,

    /// <summary>Calls from <see cref="Subject.Service"/> to <see cref="Subject.Peer"/>.</summary>
    Edge,
}

/// <summary>What a finding is about. Empty texts where the scope does not reach.</summary>
public sealed record Subject(SubjectScope Scope, string Service, string Version = "", string Instance = "", string Peer = "")
{
    public override string ToString() => Scope switch
    {
        SubjectScope.Version => $"{Service} {Version}",
        SubjectScope.Instance => $"{Service} instance {Instance}",
        SubjectScope.Edge => $"{Service} → {Peer}",
        _ => Service,
    };
}

/// <summary>One detector's claim: what, where, since when, how sure, why.</summary>
/// <param name="Id">Stable over the life of the condition, so that repeats update and do not add.</param>
/// <param name="IsActive">False once the condition is over.</param>
/// <param name="Confidence">0..1.</param>
/// <param name="Observed">In the unit of the signal: share of failed requests 0..1, or milliseconds.</param>
/// <param name="Expected">The baseline in the same unit.</param>
/// <param name="Causes">Most likely first; may be empty while the cause is unknown.</param>
public sealed record Finding(
    string Id,
    SignalKind Signal,
    Subject Subject,
    bool IsActive,
    DateTimeOffset Since,
    DateTimeOffset At,
    double Confidence,
    double Observed,
    double Expected,
    string Summary,
    IReadOnlyList<SuspectedCause> Causes,
    string ExampleTraceId = "");

/// <param name="Score">0..1; scores of one finding add up to at most 1.</param>
/// <param name="Evidence">One sentence each, with numbers and times.</param>
public sealed record SuspectedCause(Subject Subject, double Score, IReadOnlyList<string> Evidence);
