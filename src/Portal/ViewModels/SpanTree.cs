using MeshInsight.Contracts.Telemetry;
using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal.ViewModels;

internal sealed class SpanNode(TraceSpan span)
{
    public TraceSpan Span => span;

    public List<SpanNode> Children { get; } = [];

    public bool IsJoined { get; set; }

    public bool IsOrphan { get; set; }

    public IEnumerable<SpanNode> Descendants()
    {
        var waiting = new Stack<SpanNode>(Children);
        while (waiting.TryPop(out var node))
        {
            yield return node;
            node.Children.ForEach(waiting.Push);
        }
    }

    /// <summary>The span's time less that of its children, as pieces of absolute time in order.</summary>
    public IEnumerable<TimePiece> SelfTime()
    {
        long cursor = Span.StartUnixNano;
        foreach (var child in Children)
        {
            long from = Math.Min(child.Span.StartUnixNano, Span.EndUnixNano);
            if (from > cursor)
            {
                yield return new TimePiece(cursor, from);
            }

            cursor = Math.Max(cursor, child.Span.EndUnixNano);
        }

        if (cursor < Span.EndUnixNano)
        {
            yield return new TimePiece(cursor, Span.EndUnixNano);
        }
    }
}

/// <summary>
/// Spans by parent. Apps that export no spans leave holes: their sidecar's CLIENT span names a parent nobody stored, but also the SERVER span
/// that was open (<see cref="MeshAttributes.InboundSpanId"/>), which closes the hole. A circle of parents, which only garbage holds, is cut.
/// </summary>
internal sealed class SpanTree
{
    private SpanTree(IReadOnlyList<SpanNode> roots) => Roots = roots;

    /// <summary>In order of their start, as all children are.</summary>
    public IReadOnlyList<SpanNode> Roots { get; }

    public static SpanTree Of(IReadOnlyList<TraceSpan> spans)
    {
        var nodes = new Dictionary<string, SpanNode>();
        foreach (var span in spans)
        {
            nodes.TryAdd(span.SpanId, new SpanNode(span));
        }

        var parents = nodes.Values.ToDictionary(n => n, n => ParentOf(n, nodes));
        var roots = new List<SpanNode>();
        foreach (var node in nodes.Values)
        {
            if (parents[node] is { } parent && !IsAbove(node, parent, parents))
            {
                parent.Children.Add(node);
            }
            else
            {
                parents[node] = null;
                node.IsOrphan = node.Span.ParentId.Length > 0;
                roots.Add(node);
            }
        }

        foreach (var node in nodes.Values)
        {
            node.Children.Sort(Earlier);
        }

        roots.Sort(Earlier);
        return new SpanTree(roots);
    }

    private static SpanNode? ParentOf(SpanNode node, Dictionary<string, SpanNode> nodes)
    {
        if (nodes.TryGetValue(node.Span.ParentId, out var parent) && parent != node)
        {
            return parent;
        }

        if (nodes.TryGetValue(node.Span.Attribute(MeshAttributes.InboundSpanId), out var inbound) && inbound != node)
        {
            node.IsJoined = true;
            return inbound;
        }

        return null;
    }

    private static bool IsAbove(SpanNode node, SpanNode parent, Dictionary<SpanNode, SpanNode?> parents)
    {
        var seen = new HashSet<SpanNode>();
        for (SpanNode? up = parent; up is not null && seen.Add(up); up = parents[up])
        {
            if (up == node)
            {
                return true;
            }
        }

        return false;
    }

    private static int Earlier(SpanNode left, SpanNode right) =>
        left.Span.StartUnixNano.CompareTo(right.Span.StartUnixNano) is var by and not 0 ? by : string.CompareOrdinal(left.Span.SpanId, right.Span.SpanId);
}
