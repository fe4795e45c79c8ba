namespace MeshInsight.Portal.ViewModels;

/// <summary>
/// Keeps the picture still: services and calls stay on it for a while after their traffic stops (grey, unknown), and the layout is
/// computed again only when something joins or leaves. One for the whole portal, so that every viewer sees the same picture.
/// </summary>
internal sealed class TopologyMemory(TimeProvider clock)
{
    public static readonly TimeSpan Forget = TimeSpan.FromMinutes(10);

    public static readonly LayoutSpacing Spacing = new(204, 78, 72, 42);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, DateTimeOffset> _nodes = [];
    private readonly Dictionary<(string, string), DateTimeOffset> _edges = [];
    private GraphLayout _layout = GraphLayout.Empty;

    public GraphLayout See(IEnumerable<string> nodes, IEnumerable<(string Source, string Destination)> edges)
    {
        var now = clock.GetUtcNow();
        lock (_lock)
        {
            bool changed = Drop(_nodes, now) | Drop(_edges, now);
            foreach (string node in nodes)
            {
                changed |= Touch(_nodes, node, now);
            }

            foreach (var edge in edges)
            {
                changed |= Touch(_nodes, edge.Source, now) | Touch(_nodes, edge.Destination, now) | Touch(_edges, edge, now);
            }

            if (changed)
            {
                _layout = LayeredLayout.Of(_nodes.Keys, _edges.Keys, Spacing);
            }

            return _layout;
        }
    }

    private static bool Touch<T>(Dictionary<T, DateTimeOffset> seen, T key, DateTimeOffset now)
        where T : notnull
    {
        bool isNew = !seen.ContainsKey(key);
        seen[key] = now;
        return isNew;
    }

    private static bool Drop<T>(Dictionary<T, DateTimeOffset> seen, DateTimeOffset now)
        where T : notnull
    {
        var gone = seen.Where(s => now - s.Value > Forget).Select(s => s.Key).ToList();
        gone.ForEach(key => seen.Remove(key));
        return gone.Count > 0;
    }
}
