namespace MeshInsight.Contracts.Findings;

/// <summary>Findings that belong together, with a start and an end, and what was done about them.</summary>
/// <param name="EndedAt">Null while open.</param>
/// <param name="Cause">Null while unknown.</param>
/// <param name="Timeline">Oldest first.</param>
public sealed record Incident(
    string Id,
    string Headline,
    DateTimeOffset StartedAt,
    DateTimeOffset DetectedAt,
    DateTimeOffset? EndedAt,
    SuspectedCause? Cause,
    IReadOnlyList<Finding> Findings,
    IReadOnlyList<string> DecisionIds,
    IReadOnlyList<IncidentEvent> Timeline);

public enum IncidentEventKind
{
    Fault,
    Detected,
    CauseNamed,
    Action,
    Recovered,
}

public sealed record IncidentEvent(DateTimeOffset At, IncidentEventKind Kind, string Text);
