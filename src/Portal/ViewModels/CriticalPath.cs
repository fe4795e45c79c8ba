namespace MeshInsight.Portal.ViewModels;

/// <summary>
/// The pieces of time that the whole trace waited for: from a span's end backwards, the child that ended last is what it waited for, then
/// whatever ended before that child began, and so on; time that no such child covers is the span's own.
/// </summary>
internal sealed class CriticalPath
{
    private readonly Dictionary<SpanNode, List<TimePiece>> _pieces = [];

    public static CriticalPath Of(SpanTree tree)
    {
        var path = new CriticalPath();
        var longest = tree.Roots.MaxBy(r => r.Span.DurationNano);
        var waiting = new Stack<(SpanNode Node, long From, long To)>();
        if (longest is not null)
        {
            waiting.Push((longest, longest.Span.StartUnixNano, longest.Span.EndUnixNano));
        }

        while (waiting.TryPop(out var next))
        {
            path.Walk(next.Node, next.From, next.To, waiting);
        }

        return path;
    }

    /// <summary>In order of time; empty when the trace did not wait for the span.</summary>
    public IReadOnlyList<TimePiece> Of(SpanNode node) => _pieces.TryGetValue(node, out var pieces) ? pieces : [];

    private void Walk(SpanNode node, long from, long to, Stack<(SpanNode, long, long)> waiting)
    {
        var own = new List<TimePiece>();
        long cursor = to;
        foreach (var child in node.Children.OrderByDescending(c => c.Span.EndUnixNano))
        {
            long end = Math.Min(child.Span.EndUnixNano, to);
            long start = Math.Max(child.Span.StartUnixNano, from);
            if (end > cursor || end <= start)
            {
                continue;
            }

            if (end < cursor)
            {
                own.Add(new TimePiece(end, cursor));
            }

            waiting.Push((child, start, end));
            cursor = start;
        }

        if (cursor > from)
        {
            own.Add(new TimePiece(from, cursor));
        }

        own.Reverse();
        _pieces[node] = own;
    }
}
