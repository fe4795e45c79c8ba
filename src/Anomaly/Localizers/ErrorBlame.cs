namespace MeshInsight.Anomaly.Localizers;

/// <summary>Blame for failed requests: a failed call within a failed request explains it.</summary>
internal sealed class ErrorBlame(CallGraphWindow window) : IBlame
{
    private const double LeastExcess = 0.01;

    public bool Departs(string service) =>
        Excess(window.Nodes.Where(n => n.Service == service).Select(n => (n.Requests, n.Errors, n.BaselineErrorShare)))
        || Excess(window.Edges.Where(e => e.Destination == service).Select(e => (e.Requests, e.Errors, e.BaselineErrorShare)));

    public IReadOnlyList<(string Callee, double Share)> Explained(string service, string version)
    {
        long failed = window.Nodes.Where(n => n.Service == service && (version.Length == 0 || n.Version == version)).Sum(n => n.Errors);
        var calls = window.Edges
            .Where(e => e.Source == service && (version.Length == 0 || e.SourceVersion == version))
            .GroupBy(e => e.Destination)
            .Select(g => (Callee: g.Key, Explained: g.Sum(e => e.SourceErrorsExplained)))
            .Where(c => c.Explained > 0)
            .ToList();

        // A request may have failed calls to two callees; then both explain it and the shares are scaled to one.
        double whole = Math.Max(failed, calls.Sum(c => c.Explained));
        return [.. calls.Select(c => (c.Callee, c.Explained / whole))];
    }

    private static bool Excess(IEnumerable<(long Requests, long Errors, double Baseline)> counts)
    {
        long requests = 0;
        long errors = 0;
        double expected = 0;
        foreach (var (r, e, baseline) in counts)
        {
            requests += r;
            errors += e;
            expected += r * (double.IsNaN(baseline) ? 0 : baseline);
        }

        return requests > 0 && errors - expected >= LeastExcess * requests;
    }
}
