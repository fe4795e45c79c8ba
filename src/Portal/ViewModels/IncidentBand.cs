using MeshInsight.Contracts.Findings;

namespace MeshInsight.Portal.ViewModels;

/// <param name="At">Null: has not happened (yet).</param>
/// <param name="SincePrevious">Time since the stage before it that has happened.</param>
public sealed record BandStage(string Name, DateTimeOffset? At, TimeSpan? SincePrevious, string Text);

/// <summary>fault → detected → cause named → action → recovered, with the time between.</summary>
public static class IncidentBand
{
    public static IReadOnlyList<BandStage> Of(Incident incident)
    {
        var first = incident.Timeline.GroupBy(e => e.Kind).ToDictionary(g => g.Key, g => g.MinBy(e => e.At)!);
        var stages = new List<BandStage>();
        DateTimeOffset? previous = null;
        foreach (var (kind, name, known) in (IEnumerable<(IncidentEventKind, string, DateTimeOffset?)>)
                 [
                     (IncidentEventKind.Fault, "fault", incident.StartedAt),
                     (IncidentEventKind.Detected, "detected", incident.DetectedAt),
                     (IncidentEventKind.CauseNamed, "cause named", null),
                     (IncidentEventKind.Action, "action", null),
                     (IncidentEventKind.Recovered, "recovered", incident.EndedAt),
                 ])
        {
            var at = first.TryGetValue(kind, out var happened) ? happened.At : known;
            var since = at is { } moment && previous is { } before ? moment - before : (TimeSpan?)null;
            stages.Add(new BandStage(name, at, since < TimeSpan.Zero ? TimeSpan.Zero : since, happened?.Text ?? ""));
            previous = at ?? previous;
        }

        return stages;
    }

    public static string Headline(Incident incident, DateTimeOffset now) => incident.EndedAt is { } ended
        ? $"over since {Figures.Ago(ended, now)}, lasted {Figures.Length(ended - incident.StartedAt)}"
        : $"open for {Figures.Length(TimeSpan.FromSeconds(Math.Max(0, Math.Floor((now - incident.StartedAt).TotalSeconds))))}";

    public static string Confidence(double score) => score switch
    {
        >= 0.8 => "very likely",
        >= 0.5 => "likely",
        >= 0.2 => "possible",
        _ => "unlikely",
    };

    public static string Observed(Finding finding) => finding.Signal switch
    {
        SignalKind.Errors => $"{Figures.Share(finding.Observed)} of requests failed, usually {Figures.Share(finding.Expected)}",
        SignalKind.Latency => $"{Figures.Millis(finding.Observed)}, usually {Figures.Millis(finding.Expected)}",
        _ => $"{Figures.Rate(finding.Observed)}, usually {Figures.Rate(finding.Expected)}",
    };
}
