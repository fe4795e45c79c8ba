using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal.ViewModels;

/// <param name="Share">Of the service's requests, 0..1.</param>
public sealed record VersionShare(string Version, double Share, Red Red, Condition Condition);

public sealed record TopologyNode(
    string Name,
    double X,
    double Y,
    Condition Condition,
    Red Red,
    double RatePerSecond,
    IReadOnlyList<VersionShare> Versions,
    IReadOnlyList<double> Spark)
{
    public bool IsOutside => Name.Length == 0;

    public string Label => TopologyGraph.Label(Name);
}

/// <param name="Parts">The same calls split by version of both ends, busiest first.</param>
public sealed record TopologyEdge(
    string Source,
    string Destination,
    string Path,
    LayoutPoint Middle,
    Condition Condition,
    double RatePerSecond,
    Red Client,
    Red Server,
    double Width,
    IReadOnlyList<EdgeRed> Parts)
{
    public string Key => Source + "~" + Destination;

    /// <summary>What the caller saw, which is what its users felt; what the callee saw where no caller reports.</summary>
    public Red Red => Client.Requests > 0 ? Client : Server;

    public string Label => $"{TopologyGraph.Label(Source)} → {TopologyGraph.Label(Destination)}";
}

/// <summary>The live call graph: layout from the memory, figures from the last window.</summary>
public sealed record TopologyGraph(IReadOnlyList<TopologyNode> Nodes, IReadOnlyList<TopologyEdge> Edges, double Width, double Height)
{
    internal static TopologyGraph Of(GraphLayout layout, IReadOnlyList<EdgeRed> edges, IReadOnlyList<VersionRed> versions, IReadOnlyList<RatePoint> rates, TimeSpan window)
    {
        var byService = versions.ToLookup(v => v.Service);
        var byEdge = edges.ToLookup(e => (e.Source, e.Destination));
        var sparks = rates.ToLookup(r => r.Service);
        var moments = rates.Select(r => r.At).Distinct().Order().ToList();
        var outgoing = edges.Where(e => e.Source.Length == 0).Select(e => e.Server.Requests > 0 ? e.Server : e.Client);
        var outside = RedSum.Of(outgoing);
        var nodes = layout.Nodes.Select(n =>
        {
            var red = n.Id.Length == 0 ? outside : RedSum.Of(byService[n.Id].Select(v => v.Red));
            return new TopologyNode(
                n.Id, n.X, n.Y, MeshHealth.Of(red, byService[n.Id].Select(v => v.Red)), red, red.Requests / window.TotalSeconds,
                VersionsOf(byService[n.Id], red.Requests), Spark(sparks[n.Id], moments));
        });
        var drawn = layout.Edges.Select(e => EdgeOf(e, [.. byEdge[(e.Source, e.Destination)]], window));
        return new TopologyGraph([.. nodes], [.. drawn], layout.Width, layout.Height);
    }

    public static string Label(string service) => service.Length == 0 ? "outside" : service;

    /// <summary>Everything that calls the node, directly or not, everything it calls, and itself.</summary>
    public IReadOnlySet<string> Reach(string node)
    {
        var reached = new HashSet<string> { node };
        Walk(node, e => e.Source, e => e.Destination, reached);
        Walk(node, e => e.Destination, e => e.Source, reached);
        return reached;
    }

    private static TopologyEdge EdgeOf(LayoutEdge edge, List<EdgeRed> parts, TimeSpan window)
    {
        var client = RedSum.Of(parts.Select(p => p.Client));
        var server = RedSum.Of(parts.Select(p => p.Server));
        var red = client.Requests > 0 ? client : server;
        double rate = red.Requests / window.TotalSeconds;
        return new TopologyEdge(
            edge.Source, edge.Destination, EdgePath.Of(edge.Points, edge.IsBack), EdgePath.Middle(edge.Points), MeshHealth.Of(red, parts.Select(p => p.Client.Requests > 0 ? p.Client : p.Server)), rate, client, server,
            1.5 + Math.Min(6, 1.6 * Math.Log10(1 + rate)),
            [.. parts.OrderByDescending(p => Math.Max(p.Client.Requests, p.Server.Requests))]);
    }

    private static IReadOnlyList<VersionShare> VersionsOf(IEnumerable<VersionRed> versions, long total) =>
        [.. versions.OrderBy(v => v.Version, StringComparer.Ordinal)
            .Select(v => new VersionShare(v.Version, total == 0 ? 0 : (double)v.Red.Requests / total, v.Red, MeshHealth.Of(v.Red)))];

    private static IReadOnlyList<double> Spark(IEnumerable<RatePoint> points, List<DateTimeOffset> moments)
    {
        var at = points.ToDictionary(p => p.At, p => (double)p.Requests);
        return at.Count == 0 ? [] : [.. moments.Select(m => at.GetValueOrDefault(m))];
    }

    private void Walk(string start, Func<TopologyEdge, string> from, Func<TopologyEdge, string> to, HashSet<string> reached)
    {
        var next = Edges.ToLookup(from, to);
        var seen = new HashSet<string> { start };
        var waiting = new Queue<string>([start]);
        while (waiting.TryDequeue(out string? node))
        {
            foreach (string neighbour in next[node].Where(seen.Add))
            {
                reached.Add(neighbour);
                waiting.Enqueue(neighbour);
            }
        }
    }
}
