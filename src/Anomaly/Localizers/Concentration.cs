using MeshInsight.Contracts.Findings;

namespace MeshInsight.Anomaly.Localizers;

/// <summary>Narrows a guilty service down to one version or one instance when the others are well, and says why.</summary>
internal static class Concentration
{
    /// <summary>How many times worse than the others one part must be to be named.</summary>
    private const double Contrast = 4;

    public static SuspectedCause Describe(CallGraphWindow window, string service, double score, SignalKind signal)
    {
        var nodes = window.Nodes.Where(n => n.Service == service && n.Requests > 0).ToList();
        var evidence = new List<string>();
        var subject = Narrow(nodes, service, n => n.Version, v => new Subject(SubjectScope.Version, service, v), signal, evidence)
            ?? Narrow(nodes, service, n => n.Instance, i => new Subject(SubjectScope.Instance, service, Version(nodes, i), i), signal, evidence)
            ?? new Subject(SubjectScope.Service, service);
        if (evidence.Count == 0)
        {
            evidence.Add(nodes.Count > 0
                ? $"{service}: {Badness(nodes, signal)}, usually {Usual(nodes, signal)}"
                : $"{service} answers no request; its callers see {Errors(window.Edges.Where(e => e.Destination == service))}");
        }

        var failedCalls = window.Edges.Where(e => e.Source == service && e.Requests > 0).ToList();
        if (signal == SignalKind.Errors && failedCalls.Count > 0)
        {
            evidence.Add($"its own calls: {Errors(failedCalls)}");
        }

        return new(subject, Math.Min(1, score), evidence);
    }

    private static Subject? Narrow(List<NodeStats> nodes, string service, Func<NodeStats, string> key, Func<string, Subject> subject, SignalKind signal, List<string> evidence)
    {
        var parts = nodes.GroupBy(key).Select(g => (Key: g.Key, Nodes: g.ToList())).ToList();
        if (parts.Count < 2)
        {
            return null;
        }

        var worst = parts.MaxBy(p => Level(p.Nodes, signal));
        var others = parts.Where(p => p.Key != worst.Key).SelectMany(p => p.Nodes).ToList();
        double floor = signal == SignalKind.Errors ? 0.005 : 1;
        if (Level(worst.Nodes, signal) < Contrast * Math.Max(floor, Level(others, signal)) / (signal == SignalKind.Errors ? 1 : 2))
        {
            return null;
        }

        var named = subject(worst.Key);
        evidence.Add($"{named}: {Badness(worst.Nodes, signal)}; the other {(others.Count == 1 ? "one" : "ones")} of {service}: {Badness(others, signal)}");
        return named;
    }

    private static string Version(List<NodeStats> nodes, string instance) => nodes.First(n => n.Instance == instance).Version;

    private static double Level(List<NodeStats> nodes, SignalKind signal) => signal == SignalKind.Errors
        ? (double)nodes.Sum(n => n.Errors) / Math.Max(1, nodes.Sum(n => n.Requests))
        : nodes.Max(n => double.IsNaN(n.P95Millis) ? 0 : n.P95Millis);

    private static string Badness(List<NodeStats> nodes, SignalKind signal) => signal == SignalKind.Errors
        ? $"{Readable.Percent(Level(nodes, signal))} of {nodes.Sum(n => n.Requests)} requests failed"
        : $"p95 {Readable.Millis(Level(nodes, signal))}";

    private static string Usual(List<NodeStats> nodes, SignalKind signal)
    {
        var known = nodes.Select(n => signal == SignalKind.Errors ? n.BaselineErrorShare : n.BaselineP95Millis).Where(b => !double.IsNaN(b)).ToList();
        return known.Count == 0 ? "unknown"
            : signal == SignalKind.Errors ? Readable.Percent(known.Average())
            : Readable.Millis(known.Max());
    }

    private static string Errors(IEnumerable<EdgeStats> edges)
    {
        var counted = edges.ToList();
        return $"{counted.Sum(e => e.Errors)} of {counted.Sum(e => e.Requests)} calls failed";
    }
}
