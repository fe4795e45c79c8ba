namespace MeshInsight.Anomaly.Localizers;

/// <summary>Blame for slow requests: the part of a service's added p95 that its slowest callee added.</summary>
internal sealed class LatencyBlame(CallGraphWindow window) : IBlame
{
    private const double LeastAddedMillis = 5;

    public bool Departs(string service) => Added(service) >= LeastAddedMillis
        || window.Edges.Where(e => e.Destination == service).Any(e => Added(e.P95Millis, e.BaselineP95Millis) >= LeastAddedMillis);

    public IReadOnlyList<(string Callee, double Share)> Explained(string service, string version)
    {
        double added = Math.Max(LeastAddedMillis, Added(service));
        var slowest = window.Edges
            .Where(e => e.Source == service && (version.Length == 0 || e.SourceVersion == version))
            .GroupBy(e => e.Destination)
            .Select(g => (Callee: g.Key, Added: g.Max(e => Added(e.P95Millis, e.BaselineP95Millis))))
            .Where(c => c.Added >= LeastAddedMillis)
            .OrderByDescending(c => c.Added)
            .FirstOrDefault();

        // Calls may run side by side, so added times do not add up; the slowest one is the critical path's.
        return slowest.Callee is null ? [] : [(slowest.Callee, Math.Min(1, slowest.Added / added))];
    }

    private double Added(string service) =>
        window.Nodes.Where(n => n.Service == service).Select(n => Added(n.P95Millis, n.BaselineP95Millis)).DefaultIfEmpty(0).Max();

    private static double Added(double now, double baseline) => double.IsNaN(now) || double.IsNaN(baseline) ? 0 : Math.Max(0, now - baseline);
}
