using MeshInsight.Contracts.Findings;
using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal.ViewModels;

/// <summary>The part of the call graph that an incident touches: what departed from its baseline, the suspected cause, and the calls between them.</summary>
internal static class BlastRadius
{
    public static TopologyGraph Of(Incident incident, TopologyNow now, TimeSpan window)
    {
        var touched = incident.Findings.Select(f => f.Subject).Concat(incident.Findings.SelectMany(f => f.Causes).Select(c => c.Subject))
            .Append(incident.Cause?.Subject).OfType<Subject>()
            .SelectMany(s => (string[])[s.Service, s.Peer]).Where(s => s.Length > 0).ToHashSet();
        var within = now.Edges.Where(e => touched.Contains(e.Source) && touched.Contains(e.Destination)).ToList();
        var layout = LayeredLayout.Of(touched, within.Select(e => (e.Source, e.Destination)), TopologyMemory.Spacing);
        return TopologyGraph.Of(layout, within, now.Versions, [], window);
    }
}
