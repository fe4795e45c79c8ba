using MeshInsight.Contracts.Findings;

namespace MeshInsight.Anomaly.Localizers;

/// <summary>
/// Walks from a symptom down the calls: at each service the blame splits into what failed or slow calls explain, which goes on to the
/// callee, and the rest, which is its own. Follows Datadog's and MicroRank's observation that an origin is a service whose callees are
/// well; unlike a random walk the shares are counts of the requests themselves.
/// </summary>
public static class CallGraphLocalizer
{
    /// <summary>Blame below this share is noise.</summary>
    private const double LeastBlame = 0.05;

    /// <returns>Most likely first; scores add up to at most 1; empty when nothing departs from its baseline.</returns>
    public static IReadOnlyList<SuspectedCause> Rank(CallGraphWindow window, Subject symptom, SignalKind signal = SignalKind.Errors)
    {
        IBlame blame = signal == SignalKind.Latency ? new LatencyBlame(window) : new ErrorBlame(window);
        var own = new Dictionary<string, double>();
        string start = symptom.Scope == SubjectScope.Edge ? symptom.Peer : symptom.Service;
        Walk(blame, start, symptom.Scope == SubjectScope.Version ? symptom.Version : "", 1, own, []);
        return [.. own
            .Where(o => o.Value >= LeastBlame)
            .OrderByDescending(o => o.Value)
            .ThenBy(o => o.Key, StringComparer.Ordinal)
            .Select(o => Concentration.Describe(window, o.Key, o.Value, signal))];
    }

    private static void Walk(IBlame blame, string service, string version, double share, Dictionary<string, double> own, HashSet<string> path)
    {
        // A cycle of calls would pass the same blame round for ever.
        if (share < LeastBlame || !path.Add(service))
        {
            return;
        }

        if (blame.Departs(service))
        {
            double passed = 0;
            foreach (var (callee, part) in blame.Explained(service, version))
            {
                passed += part;
                Walk(blame, callee, "", share * part, own, path);
            }

            own[service] = own.GetValueOrDefault(service) + (share * Math.Max(0, 1 - passed));
        }

        path.Remove(service);
    }
}
