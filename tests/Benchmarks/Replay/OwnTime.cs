namespace MeshInsight.Benchmarks.Replay;

/// <summary>
/// What the fixed reference counts as a span's own time: not covered by its children, and the gap between a caller's client span and the callee's span is
/// the callee's. A span whose children are all another service's is a call and has none.
/// </summary>
/// <param name="Pattern">Service, operation and the set of its children's operations.</param>
internal readonly record struct OwnTime(int Service, int Operation, long Micros, string Pattern)
{
    public (int Service, int Operation) Key => (Service, Operation);

    public static IEnumerable<OwnTime> Of(ReplayTrace trace)
    {
        var byId = trace.Spans.ToDictionary(span => span.Id);
        var children = trace.Spans.Where(span => span.Parent != 0).ToLookup(span => span.Parent);
        foreach (var span in trace.Spans)
        {
            if (children.Contains(span.Id) && children[span.Id].All(child => child.Service != span.Service))
            {
                continue;
            }

            long own = Math.Max(0, span.DurationMicros - Covered(children[span.Id]));
            if (byId.TryGetValue(span.Parent, out var parent) && parent.Service != span.Service)
            {
                own += Math.Max(0, parent.DurationMicros - span.DurationMicros);
            }

            yield return new(span.Service, span.Operation, own, $"{span.Service} {span.Operation}: {string.Join(' ', children[span.Id].Select(child => child.Operation).Distinct().Order())}");
        }
    }

    // The union of the children's times, wherever they lie.
    private static long Covered(IEnumerable<ReplaySpan> children)
    {
        long covered = 0;
        long until = long.MinValue;
        foreach (var child in children.OrderBy(child => child.StartMicros).ThenBy(child => child.EndMicros))
        {
            covered += Math.Max(0, child.EndMicros - Math.Max(child.StartMicros, until));
            until = Math.Max(until, child.EndMicros);
        }

        return covered;
    }
}
