namespace MeshInsight.Portal.ViewModels;

public readonly record struct LayoutPoint(double X, double Y);

public sealed record LayoutNode(string Id, int Layer, double X, double Y);

/// <param name="Points">From the source's right side to the destination's left side; bends where it passes other layers.</param>
/// <param name="IsBack">It runs against the reading direction (part of a circle of calls).</param>
public sealed record LayoutEdge(string Source, string Destination, IReadOnlyList<LayoutPoint> Points, bool IsBack);

/// <summary>Node positions are their centres.</summary>
public sealed record GraphLayout(IReadOnlyList<LayoutNode> Nodes, IReadOnlyList<LayoutEdge> Edges, double Width, double Height)
{
    public static GraphLayout Empty { get; } = new([], [], 0, 0);
}

public sealed record LayoutSpacing(double NodeWidth, double NodeHeight, double LayerGap, double RowGap);

/// <summary>
/// Draws a call graph left to right: callers before callees, few crossings, neighbours level with each other.
/// Layers by longest path, order by barycentre sweeps, rows by relaxation. Equal input gives equal output, whatever its order.
/// </summary>
/// <remarks>Method: K. Sugiyama et al., "Methods for visual understanding of hierarchical system structures", IEEE SMC 1981. O(sweeps · edges).</remarks>
public static class LayeredLayout
{
    private const int Sweeps = 12;
    private const int Relaxations = 24;

    public static GraphLayout Of(IEnumerable<string> nodes, IEnumerable<(string Source, string Destination)> edges, LayoutSpacing spacing)
    {
        var graph = LayerGraph.Build(nodes, edges);
        if (graph.Slots.Count == 0)
        {
            return GraphLayout.Empty;
        }

        LayerOrder.Sort(graph, Sweeps);
        LayerRows.Place(graph, spacing, Relaxations);
        return Draw(graph, spacing);
    }

    private static GraphLayout Draw(LayerGraph graph, LayoutSpacing spacing)
    {
        double pitch = spacing.NodeWidth + spacing.LayerGap;
        double X(LayerSlot slot) => (spacing.NodeWidth / 2) + (slot.Layer * pitch);
        double top = graph.Slots.Min(s => s.Y - (spacing.NodeHeight / 2));
        foreach (var slot in graph.Slots)
        {
            slot.Y -= top;
        }

        var nodes = graph.Slots.Where(s => s.IsNode).Select(s => new LayoutNode(s.Id!, s.Layer, X(s), s.Y)).ToList();
        var edges = new List<LayoutEdge>();
        foreach (var path in graph.Paths)
        {
            var points = new List<LayoutPoint>();
            for (int i = 0; i < path.Slots.Count; i++)
            {
                var slot = path.Slots[i];
                double reach = slot.IsNode ? spacing.NodeWidth / 2 : spacing.NodeWidth / 4;
                if (i > 0)
                {
                    points.Add(new LayoutPoint(X(slot) - reach, slot.Y));
                }

                if (i < path.Slots.Count - 1)
                {
                    points.Add(new LayoutPoint(X(slot) + reach, slot.Y));
                }
            }

            if (path.IsBack)
            {
                points.Reverse();
            }

            edges.Add(new LayoutEdge(path.Source, path.Destination, points, path.IsBack));
        }

        double width = ((graph.Layers.Count - 1) * pitch) + spacing.NodeWidth;
        return new GraphLayout(nodes, edges, width, graph.Slots.Max(s => s.Y) + (spacing.NodeHeight / 2));
    }
}
