using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.ControlPlane.Durable;

namespace MeshInsight.ControlPlane.Findings;

/// <summary>
/// Findings grouped by cause and time. A finding joins the open incident that knows it, or one that names a service it names too; else it opens one. An incident ends when all
/// its findings were quiet for a while, and opens again when one of them comes back soon. Changes by the loop only; readers take immutable records.
/// </summary>
internal sealed class IncidentBook
{
    /// <summary>Findings less sure than this stay findings.</summary>
    private const double MinimumConfidence = 0.5;
    private const int Kept = 500;
    private static readonly TimeSpan QuietToClose = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ReopenWithin = TimeSpan.FromSeconds(60);

    private readonly string _path;
    private readonly List<IncidentState> _incidents = [];
    private readonly List<Incident> _changed = [];
    private volatile IReadOnlyList<Incident> _list = [];

    public IncidentBook(string dataDirectory)
    {
        _path = Path.Combine(dataDirectory, "incidents.json");
        if (AtomicFile.TryReadText(_path) is { } text)
        {
            _incidents.AddRange(Json.Read<List<Incident>>(text).Select(IncidentState.Restore));
            _list = [.. _incidents.Select(i => i.Incident)];
        }
    }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<Incident> Incidents => _list;

    public void Take(Finding finding, DateTimeOffset now)
    {
        var incident = _incidents.FindLast(i => i.Has(finding.Id) && (i.IsOpen || now - i.Incident.EndedAt < ReopenWithin));
        if (incident is null)
        {
            if (!finding.IsActive || finding.Confidence < MinimumConfidence)
            {
                return;
            }

            var services = IncidentState.ServicesOf(finding).ToHashSet();
            incident = _incidents.FindLast(i => i.IsOpen && i.Services.Any(services.Contains));
        }

        if (incident is null)
        {
            incident = IncidentState.Open(finding);
            _incidents.Add(incident);
        }
        else
        {
            incident.Take(finding);
        }

        Note(JoinSameCause(incident, now));
    }

    /// <summary>Something was done about a service.</summary>
    public void Act(Decision decision, string service, DateTimeOffset now)
    {
        var incident = _incidents.FindLast(i => (i.IsOpen || now - i.Incident.EndedAt < ReopenWithin) && i.Services.Contains(service));
        if (incident is not null)
        {
            incident.Act(decision);
            Note(incident);
        }
    }

    /// <returns>Incidents that changed since the last call, after closing those that were quiet for long enough.</returns>
    public IReadOnlyList<Incident> Settle(DateTimeOffset now)
    {
        foreach (var incident in _incidents.Where(i => i.IsOpen && i.QuietSince is { } quiet && now - quiet >= QuietToClose).ToList())
        {
            incident.Close();
            Note(incident);
        }

        if (_changed.Count == 0)
        {
            return [];
        }

        _incidents.RemoveRange(0, Math.Max(0, _incidents.Count - Kept));
        List<Incident> changed = [.. _changed.GroupBy(i => i.Id).Select(g => g.Last())];
        _changed.Clear();
        _list = [.. _incidents.Select(i => i.Incident)];
        AtomicFile.WriteText(_path, Json.Write(_list));
        return changed;
    }

    // Symptoms may be seen before the cause is: two incidents that come to blame the same service are one.
    private IncidentState JoinSameCause(IncidentState incident, DateTimeOffset now)
    {
        string? cause = incident.Incident.Cause?.Subject.Service;
        var same = _incidents.Find(i => i != incident && i.IsOpen && cause is not null && i.Incident.Cause?.Subject.Service == cause);
        if (same is null)
        {
            return incident;
        }

        var (older, younger) = same.Incident.StartedAt <= incident.Incident.StartedAt ? (same, incident) : (incident, same);
        _changed.Add(older.Absorb(younger, now));
        _incidents.Remove(younger);
        return older;
    }

    private void Note(IncidentState incident) => _changed.Add(incident.Incident);
}
