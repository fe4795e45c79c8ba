using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal.ViewModels;

public sealed record EdgeLine(string Source, string Destination, string Version, Red Red);

/// <summary>Calls between services, the most broken first: by failed share, then by p99. Versions of the callee are told apart, or a bad canary would hide in the mean.</summary>
public static class WorstEdges
{
    public static IReadOnlyList<EdgeLine> Of(IReadOnlyList<EdgeRed> edges, int count) =>
        [.. edges.GroupBy(e => (e.Source, e.Destination, e.DestinationVersion))
            .Select(g => new EdgeLine(g.Key.Source, g.Key.Destination, g.Key.DestinationVersion, RedSum.Of(g.Select(e => e.Client.Requests > 0 ? e.Client : e.Server))))
            .Where(e => e.Red.Requests > 0)
            .OrderByDescending(e => Math.Round(e.Red.ErrorShare, 3))
            .ThenByDescending(e => e.Red.P99Millis)
            .Take(count)];
}
