namespace MeshInsight.Portal.ViewModels;

/// <summary>A place in a layer: a node, or (without id) a bend of an edge that passes through.</summary>
internal sealed class LayerSlot(string? id, int layer)
{
    public string? Id => id;

    public bool IsNode => id is not null;

    public int Layer => layer;

    public int Order { get; set; }

    public double Y { get; set; }

    public List<LayerSlot> Before { get; } = [];

    public List<LayerSlot> After { get; } = [];
}

internal sealed record LayerPath(string Source, string Destination, IReadOnlyList<LayerSlot> Slots, bool IsBack);

/// <summary>The graph cut into layers, each edge between neighbouring layers only. Circles are broken where a walk from the entries meets them.</summary>
internal sealed class LayerGraph
{
    private LayerGraph(IReadOnlyList<List<LayerSlot>> layers, IReadOnlyList<LayerPath> paths)
    {
        Layers = layers;
        Paths = paths;
        Slots = layers.SelectMany(l => l).ToList();
    }

    public IReadOnlyList<List<LayerSlot>> Layers { get; }

    public IReadOnlyList<LayerPath> Paths { get; }

    public IReadOnlyList<LayerSlot> Slots { get; }

    public static LayerGraph Build(IEnumerable<string> nodes, IEnumerable<(string Source, string Destination)> edges)
    {
        var names = nodes.Distinct().Order(StringComparer.Ordinal).ToList();
        var known = names.ToHashSet();
        var links = edges.Distinct()
            .Where(e => e.Source != e.Destination && known.Contains(e.Source) && known.Contains(e.Destination))
            .OrderBy(e => e.Source, StringComparer.Ordinal).ThenBy(e => e.Destination, StringComparer.Ordinal).ToList();
        var back = FindBackEdges(names, links);
        var forward = links.Select(e => back.Contains(e) ? (e.Destination, e.Source) : e).ToList();
        var layerOf = Longest(names, forward);
        int count = names.Count == 0 ? 0 : layerOf.Values.Max() + 1;
        var layers = Enumerable.Range(0, count).Select(_ => new List<LayerSlot>()).ToList();
        var slots = new Dictionary<string, LayerSlot>();
        foreach (string name in names)
        {
            slots[name] = Add(layers, name, layerOf[name]);
        }

        var paths = links.Select(link => Route(layers, slots, link, back.Contains(link))).ToList();
        return new LayerGraph(layers, paths);
    }

    private static LayerPath Route(List<List<LayerSlot>> layers, Dictionary<string, LayerSlot> slots, (string Source, string Destination) link, bool isBack)
    {
        var from = slots[isBack ? link.Destination : link.Source];
        var to = slots[isBack ? link.Source : link.Destination];
        var passed = new List<LayerSlot> { from };
        for (int layer = from.Layer + 1; layer < to.Layer; layer++)
        {
            passed.Add(Add(layers, null, layer));
        }

        passed.Add(to);
        for (int i = 1; i < passed.Count; i++)
        {
            passed[i - 1].After.Add(passed[i]);
            passed[i].Before.Add(passed[i - 1]);
        }

        return new LayerPath(link.Source, link.Destination, passed, isBack);
    }

    private static LayerSlot Add(List<List<LayerSlot>> layers, string? id, int layer)
    {
        var slot = new LayerSlot(id, layer) { Order = layers[layer].Count };
        layers[layer].Add(slot);
        return slot;
    }

    /// <summary>Depth first from the nodes nobody calls, then from the rest; an edge to a node still on the walk closes a circle.</summary>
    private static HashSet<(string, string)> FindBackEdges(List<string> names, List<(string Source, string Destination)> links)
    {
        var callees = links.ToLookup(e => e.Source, e => e.Destination);
        var called = links.Select(e => e.Destination).ToHashSet();
        var back = new HashSet<(string, string)>();
        var done = new HashSet<string>();
        var open = new HashSet<string>();
        foreach (string root in names.OrderBy(called.Contains))
        {
            if (done.Contains(root))
            {
                continue;
            }

            var walk = new Stack<(string Node, IEnumerator<string> Callees)>();
            walk.Push((root, callees[root].GetEnumerator()));
            open.Add(root);
            while (walk.TryPeek(out var top))
            {
                if (!top.Callees.MoveNext())
                {
                    walk.Pop();
                    open.Remove(top.Node);
                    done.Add(top.Node);
                    continue;
                }

                string next = top.Callees.Current;
                if (open.Contains(next))
                {
                    back.Add((top.Node, next));
                }
                else if (!done.Contains(next))
                {
                    open.Add(next);
                    walk.Push((next, callees[next].GetEnumerator()));
                }
            }
        }

        return back;
    }

    private static Dictionary<string, int> Longest(List<string> names, List<(string Source, string Destination)> forward)
    {
        var layer = names.ToDictionary(n => n, _ => 0);
        var waiting = names.ToDictionary(n => n, _ => 0);
        foreach (var (_, destination) in forward)
        {
            waiting[destination]++;
        }

        var after = forward.ToLookup(e => e.Source, e => e.Destination);
        var ready = new Queue<string>(names.Where(n => waiting[n] == 0));
        while (ready.TryDequeue(out string? name))
        {
            foreach (string next in after[name])
            {
                layer[next] = Math.Max(layer[next], layer[name] + 1);
                if (--waiting[next] == 0)
                {
                    ready.Enqueue(next);
                }
            }
        }

        return layer;
    }
}
