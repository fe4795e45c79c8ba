namespace MeshInsight.Portal.ViewModels;

/// <summary>Orders each layer so that few edges cross: sweeps right and left, each slot to the mean place of its neighbours; the best order seen wins.</summary>
internal static class LayerOrder
{
    public static void Sort(LayerGraph graph, int sweeps)
    {
        var best = Remember(graph);
        int fewest = Crossings(graph);
        for (int sweep = 0; sweep < sweeps && fewest > 0; sweep++)
        {
            bool rightwards = sweep % 2 == 0;
            var layers = rightwards ? graph.Layers.Skip(1) : graph.Layers.Reverse().Skip(1);
            foreach (var layer in layers)
            {
                var wanted = layer.ToDictionary(s => s, s => Mean(rightwards ? s.Before : s.After, s.Order));
                layer.Sort((a, b) => wanted[a].CompareTo(wanted[b]) is var by and not 0 ? by : a.Order.CompareTo(b.Order));
                Number(layer);
            }

            int crossings = Crossings(graph);
            if (crossings < fewest)
            {
                fewest = crossings;
                best = Remember(graph);
            }
        }

        Restore(graph, best);
    }

    internal static int Crossings(LayerGraph graph)
    {
        int crossings = 0;
        foreach (var layer in graph.Layers)
        {
            var links = layer.SelectMany(from => from.After.Select(to => (From: from.Order, To: to.Order))).ToList();
            for (int i = 0; i < links.Count; i++)
            {
                for (int j = i + 1; j < links.Count; j++)
                {
                    crossings += (links[i].From - links[j].From) * (links[i].To - links[j].To) < 0 ? 1 : 0;
                }
            }
        }

        return crossings;
    }

    private static double Mean(List<LayerSlot> neighbours, double otherwise) => neighbours.Count == 0 ? otherwise : neighbours.Average(n => n.Order);

    private static List<LayerSlot[]> Remember(LayerGraph graph) => graph.Layers.Select(l => l.ToArray()).ToList();

    private static void Restore(LayerGraph graph, List<LayerSlot[]> order)
    {
        for (int i = 0; i < order.Count; i++)
        {
            graph.Layers[i].Clear();
            graph.Layers[i].AddRange(order[i]);
            Number(graph.Layers[i]);
        }
    }

    private static void Number(List<LayerSlot> layer)
    {
        for (int i = 0; i < layer.Count; i++)
        {
            layer[i].Order = i;
        }
    }
}
