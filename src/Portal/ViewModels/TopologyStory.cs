namespace MeshInsight.Portal.ViewModels;

/// <summary>The graph in one sentence.</summary>
public static class TopologyStory
{
    public static (Condition Condition, string Sentence) Of(TopologyGraph graph)
    {
        var services = graph.Nodes.Where(n => !n.IsOutside).ToList();
        var worst = services.Where(n => n.Condition is Condition.Failing or Condition.Degraded).OrderByDescending(n => n.Condition).ThenByDescending(n => n.Red.ErrorShare).ToList();
        string size = $"{services.Count} {(services.Count == 1 ? "service" : "services")}, {graph.Edges.Count} {(graph.Edges.Count == 1 ? "call" : "calls")} between them";
        if (services.Count == 0)
        {
            return (Condition.Unknown, "No call has been seen yet.");
        }

        if (worst.Count > 0)
        {
            // The deepest of the failing ones is where to look first: those left of it call it, directly or not.
            var origin = worst.Where(n => !graph.Edges.Any(e => e.Source == n.Name && worst.Any(w => w.Name == e.Destination))).DefaultIfEmpty(worst[0]).First();
            var bad = origin.Versions.Where(v => v.Red.Requests >= MeshHealth.MinimumRequests).MaxBy(v => v.Red.ErrorShare);
            bool isVersion = origin.Versions.Count > 1 && bad is not null && bad.Red.ErrorShare > 2 * origin.Red.ErrorShare;
            string who = isVersion ? $"{origin.Label} {bad!.Version}" : origin.Label;
            double share = isVersion ? bad!.Red.ErrorShare : origin.Red.ErrorShare;
            string others = worst.Count > 1 ? $" {worst.Count - 1} more {(worst.Count == 2 ? "is" : "are")} affected." : "";
            return (worst.Max(w => w.Condition), $"{who} is {MeshHealth.Word(origin.Condition)}: {Figures.Share(share)} of its requests fail.{others}");
        }

        int silent = services.Count(n => n.Condition == Condition.Unknown);
        return silent == services.Count
            ? (Condition.Unknown, $"{size}; none has traffic now.")
            : (Condition.Ok, $"{size}, no errors above {Figures.Share(MeshHealth.DegradedShare)}{(silent > 0 ? $"; {silent} without traffic now" : "")}.");
    }
}
