namespace MeshInsight.Benchmarks.Replay;

/// <summary>
/// One fixed way to name the faulty service from the kept traces of a fault's time, so that samplers can be compared by what they leave to work with: per
/// trace and service the self time beyond the operation's normal p95 (at most 2 s), and 0.2 for calls among children that fewer than 0.5 % of normal
/// executions make. What is normal comes from the whole, unsampled history outside faults.
/// </summary>
internal sealed class ReferenceRca
{
    private const double MostSecondsPerTrace = 2;
    private const double NovelPattern = 0.2;

    // case → position of the trace in the set → service → blame
    private readonly Dictionary<string, Dictionary<int, Dictionary<int, double>>> _blame = [];
    private readonly ReplaySet _set;

    public ReferenceRca(ReplaySet set, ReplayLabels labels)
    {
        _set = set;
        var normal = new Dictionary<(int, int), List<long>>();
        var patterns = new Dictionary<string, int>();
        var inFault = new List<(string Case, int Trace)>();
        for (int i = 0; i < set.Traces.Length; i++)
        {
            var trace = set.Traces[i];
            if (labels.Traces[trace.TraceId].CaseId is { Length: > 0 } id)
            {
                inFault.Add((id, i));
            }
            else if (labels.IsNormal(trace.Root.StartMicros / 1e6))
            {
                foreach (var own in OwnTime.Of(trace))
                {
                    (normal.TryGetValue(own.Key, out var times) ? times : normal[own.Key] = []).Add(own.Micros);
                    patterns[own.Pattern] = patterns.GetValueOrDefault(own.Pattern) + 1;
                }
            }
        }

        var p95 = normal.ToDictionary(pair => pair.Key, pair => pair.Value.Order().ElementAt((int)(.95 * (pair.Value.Count - 1))));
        foreach (var (id, i) in inFault)
        {
            var blame = new Dictionary<int, double>();
            var novel = new HashSet<int>();
            foreach (var own in OwnTime.Of(set.Traces[i]))
            {
                if (p95.TryGetValue(own.Key, out long usual) && own.Micros > usual + 1000)
                {
                    blame[own.Service] = blame.GetValueOrDefault(own.Service) + ((own.Micros - usual) / 1e6);
                }

                if (normal.TryGetValue(own.Key, out var seen) && seen.Count >= 50 && patterns.GetValueOrDefault(own.Pattern) < .005 * seen.Count)
                {
                    novel.Add(own.Service);
                }
            }

            foreach (int service in blame.Keys)
            {
                blame[service] = Math.Min(MostSecondsPerTrace, blame[service]);
            }

            foreach (int service in novel)
            {
                blame[service] = blame.GetValueOrDefault(service) + NovelPattern;
            }

            (_blame.TryGetValue(id, out var traces) ? traces : _blame[id] = [])[i] = blame;
        }
    }

    /// <summary>Whether any trace was recorded during the fault.</summary>
    public bool IsScorable(string caseId) => _blame.ContainsKey(caseId);

    /// <returns>1 upward, ties count against it; 0 when it was not found.</returns>
    public int Rank(ReplayCase fault, bool[] kept)
    {
        var sum = new Dictionary<int, double>();
        foreach (var (trace, blame) in _blame[fault.Id])
        {
            foreach (var (service, amount) in kept[trace] ? blame : [])
            {
                sum[service] = sum.GetValueOrDefault(service) + amount;
            }
        }

        int root = sum.Keys.FirstOrDefault(service => _set.Names[service] == fault.RootService, -1);
        return root < 0 || sum[root] <= 0 ? 0 : 1 + sum.Count(other => other.Key != root && other.Value > 0 && other.Value >= sum[root] - 1e-12);
    }
}
