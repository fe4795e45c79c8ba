using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.ControlPlane.Findings;

/// <summary>One incident as it grows. Not thread-safe; the book owns it.</summary>
internal sealed class IncidentState
{
    private const int MaxFindings = 200;
    private const int MaxTimeline = 200;

    private Decision? _lastAction;

    private IncidentState(Incident incident) => Incident = incident;

    public Incident Incident { get; private set; }

    public bool IsOpen => Incident.EndedAt is null;

    /// <summary>When the last of its findings ended; null while one is active.</summary>
    public DateTimeOffset? QuietSince { get; private set; }

    public static IncidentState Open(Finding first)
    {
        var state = new IncidentState(new Incident(
            $"inc-{first.Since.ToUnixTimeSeconds()}-{first.Subject.Service}",
            "",
            first.Since,
            first.At,
            null,
            null,
            [],
            [],
            [
                new IncidentEvent(first.Since, IncidentEventKind.Fault, $"{first.Subject} begins to depart from what is usual."),
                new IncidentEvent(first.At, IncidentEventKind.Detected, first.Summary.Length > 0 ? first.Summary : Words.Symptom(first) + "."),
            ]));
        state.Take(first);
        return state;
    }

    public static IncidentState Restore(Incident incident) => new(incident)
    {
        QuietSince = incident.Findings.Any(f => f.IsActive) ? null : incident.Findings.Select(f => f.At).DefaultIfEmpty(incident.StartedAt).Max(),
    };

    public bool Has(string findingId) => Incident.Findings.Any(f => f.Id == findingId);

    /// <summary>Every service that a finding or its most likely cause names.</summary>
    public IEnumerable<string> Services => Incident.Findings.SelectMany(ServicesOf).Distinct();

    public static IEnumerable<string> ServicesOf(Finding finding)
    {
        yield return finding.Subject.Service;
        if (finding.Subject.Peer.Length > 0)
        {
            yield return finding.Subject.Peer;
        }

        if (finding.Causes is [var first, ..])
        {
            yield return first.Subject.Service;
        }
    }

    public void Take(Finding report)
    {
        var finding = AtItsWorst(report);
        var findings = Incident.Findings.Where(f => f.Id != finding.Id).Append(finding).OrderBy(f => f.Since).TakeLast(MaxFindings).ToList();
        var cause = MostLikely(findings);
        Incident = Incident with
        {
            Findings = findings,
            StartedAt = finding.Since < Incident.StartedAt ? finding.Since : Incident.StartedAt,
            EndedAt = finding.IsActive ? null : Incident.EndedAt,
        };
        if (cause is not null && cause.Subject != Incident.Cause?.Subject)
        {
            AddEvent(finding.At, IncidentEventKind.CauseNamed, $"{cause.Subject} is the most likely cause ({Readable.Percent(cause.Score)}). {string.Join(" ", cause.Evidence)}".Trim());
        }

        QuietSince = findings.Any(f => f.IsActive) ? null : QuietSince ?? finding.At;
        Incident = Incident with { Cause = cause ?? Incident.Cause };
        Rewrite();
    }

    /// <summary>Takes over all of an incident that turned out to have the same cause.</summary>
    /// <returns>The other one, as it ends.</returns>
    public Incident Absorb(IncidentState other, DateTimeOffset now)
    {
        foreach (var finding in other.Incident.Findings)
        {
            Take(finding);
        }

        _lastAction ??= other._lastAction;
        Incident = Incident with { DecisionIds = [.. Incident.DecisionIds.Union(other.Incident.DecisionIds)] };
        foreach (var happened in other.Incident.Timeline.Where(e => e.Kind == IncidentEventKind.Action))
        {
            AddEvent(happened.At, happened.Kind, happened.Text);
        }

        Rewrite();
        return other.Incident with { EndedAt = now, Headline = $"Part of {Incident.Id}: {other.Incident.Headline}" };
    }

    public void Act(Decision decision)
    {
        _lastAction = decision;
        Incident = Incident with { DecisionIds = [.. Incident.DecisionIds.Append(decision.Id).Distinct()] };
        AddEvent(decision.At, IncidentEventKind.Action, decision.Reason);
        Rewrite();
    }

    public void Close()
    {
        var at = QuietSince!.Value;
        AddEvent(at, IncidentEventKind.Recovered, $"Everything is as usual again, {Words.Seconds(at - Incident.StartedAt)} after the fault began.");
        Incident = Incident with { EndedAt = at };
    }

    /// <summary>The last reports of a fault carry the figures of its recovery ("0 % fail, usually 0 %"); the story is told with those of its worst moment.</summary>
    private Finding AtItsWorst(Finding report) =>
        Incident.Findings.FirstOrDefault(f => f.Id == report.Id) is { } known && Departure(known) > Departure(report)
            ? report with { Observed = known.Observed, Expected = known.Expected, Causes = report.IsActive ? report.Causes : known.Causes }
            : report;

    private static double Departure(Finding finding) => Math.Abs(finding.Observed - finding.Expected);

    // What the comparison of two versions has proven weighs more than what detectors suspect.
    private static SuspectedCause? MostLikely(List<Finding> findings)
    {
        if (findings.Find(f => f.Id.StartsWith(ProvenHarm.IdPrefix, StringComparison.Ordinal)) is { Causes: [var proven, ..] })
        {
            return proven;
        }

        var relevant = findings.Exists(f => f.IsActive) ? findings.Where(f => f.IsActive) : findings;
        return relevant
            .SelectMany(f => f.Causes.Select(c => (Cause: c, Weight: f.Confidence * c.Score)))
            .GroupBy(c => c.Cause.Subject)
            .OrderByDescending(g => g.Sum(c => c.Weight))
            .Select(g => g.MaxBy(c => c.Weight).Cause)
            .FirstOrDefault();
    }

    private void AddEvent(DateTimeOffset at, IncidentEventKind kind, string text) =>
        Incident = Incident with { Timeline = [.. Incident.Timeline.Append(new IncidentEvent(at, kind, text)).OrderBy(e => e.At).TakeLast(MaxTimeline)] };

    private void Rewrite()
    {
        var cause = Incident.Cause;
        var main = Incident.Findings
            .OrderByDescending(f => f.Id.StartsWith(ProvenHarm.IdPrefix, StringComparison.Ordinal))
            .ThenByDescending(f => f.Subject.Service == cause?.Subject.Service)
            .ThenByDescending(f => f.Confidence)
            .First();
        Incident = Incident with { Headline = Headline.Write(main, cause, _lastAction) };
    }
}
