using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>What differs between two snapshots, in one sentence.</summary>
internal static class SnapshotDiff
{
    private const int MaxNamed = 5;

    public static string Describe(MeshSnapshot before, MeshSnapshot after)
    {
        var parts = new List<string>();
        var (oldRoutes, newRoutes) = (before.Routes.GroupBy(r => r.Name).ToDictionary(g => g.Key, g => g.First()), after.Routes.GroupBy(r => r.Name).ToDictionary(g => g.Key, g => g.First()));
        Add(parts, "new routes", newRoutes.Keys.Except(oldRoutes.Keys));
        Add(parts, "routes gone", oldRoutes.Keys.Except(newRoutes.Keys));
        Add(parts, "weights", newRoutes.Values.Where(r => oldRoutes.TryGetValue(r.Name, out var old) && !old.Clusters.Select(c => (c.Cluster, c.Weight)).SequenceEqual(r.Clusters.Select(c => (c.Cluster, c.Weight)))).Select(Weights));

        var (oldEndpoints, newEndpoints) = (Endpoints(before), Endpoints(after));
        Add(parts, "new endpoints", newEndpoints.Keys.Except(oldEndpoints.Keys));
        Add(parts, "endpoints gone", oldEndpoints.Keys.Except(newEndpoints.Keys));
        Add(parts, "shifted", newEndpoints.Where(e => oldEndpoints.TryGetValue(e.Key, out int keep) && keep != e.Value).Select(e => $"{e.Key} keeps {e.Value} %"));
        return parts.Count > 0 ? string.Join("; ", parts) + "." : "Settings of routes or endpoints changed.";
    }

    private static string Weights(RouteConfig route) => $"{route.Name} {string.Join(" ", route.Clusters.Select(c => $"{c.Cluster}={c.Weight}"))}";

    private static Dictionary<string, int> Endpoints(MeshSnapshot snapshot) =>
        snapshot.Clusters.SelectMany(c => c.Endpoints).GroupBy(e => e.InstanceId).ToDictionary(g => g.Key, g => g.First().KeepPercent);

    private static void Add(List<string> parts, string what, IEnumerable<string> names)
    {
        List<string> all = [.. names];
        if (all.Count > 0)
        {
            parts.Add($"{what}: {string.Join(", ", all.Take(MaxNamed))}{(all.Count > MaxNamed ? $" and {all.Count - MaxNamed} more" : "")}");
        }
    }
}
