namespace MeshInsight.Portal.ViewModels;

/// <summary>Gives each slot its height: pulled towards the mean of its neighbours, kept apart and in order within its layer.</summary>
internal static class LayerRows
{
    public static void Place(LayerGraph graph, LayoutSpacing spacing, int passes)
    {
        double pitch = spacing.NodeHeight + spacing.RowGap;
        foreach (var layer in graph.Layers)
        {
            for (int i = 0; i < layer.Count; i++)
            {
                layer[i].Y = (i - ((layer.Count - 1) / 2.0)) * pitch;
            }
        }

        for (int pass = 0; pass < passes; pass++)
        {
            foreach (var layer in pass % 2 == 0 ? graph.Layers : graph.Layers.Reverse())
            {
                var wanted = layer.Select(s => Wanted(s, rightwards: pass % 2 == 0)).ToArray();
                Settle(layer, wanted, spacing);
            }
        }
    }

    private static double Wanted(LayerSlot slot, bool rightwards)
    {
        var near = rightwards ? slot.Before : slot.After;
        var far = rightwards ? slot.After : slot.Before;
        var pull = near.Count > 0 ? near : far;
        return pull.Count == 0 ? slot.Y : pull.Average(n => n.Y);
    }

    /// <summary>Blocks that touch share one offset, the mean of what their slots want (pool adjacent violators), so nobody is favoured for coming first.</summary>
    private static void Settle(List<LayerSlot> layer, double[] wanted, LayoutSpacing spacing)
    {
        var offset = new double[layer.Count];
        for (int i = 1; i < layer.Count; i++)
        {
            offset[i] = offset[i - 1] + Apart(layer[i - 1], layer[i], spacing);
        }

        var blocks = new Stack<(int First, int Count, double Sum)>();
        for (int i = 0; i < layer.Count; i++)
        {
            var block = (First: i, Count: 1, Sum: wanted[i] - offset[i]);
            while (blocks.TryPeek(out var above) && above.Sum / above.Count >= block.Sum / block.Count)
            {
                blocks.Pop();
                block = (above.First, above.Count + block.Count, above.Sum + block.Sum);
            }

            blocks.Push(block);
        }

        foreach (var (first, count, sum) in blocks)
        {
            for (int i = first; i < first + count; i++)
            {
                layer[i].Y = (sum / count) + offset[i];
            }
        }
    }

    private static double Apart(LayerSlot above, LayerSlot below, LayoutSpacing spacing)
    {
        double Half(LayerSlot slot) => slot.IsNode ? spacing.NodeHeight / 2 : spacing.NodeHeight / 6;
        return Half(above) + Half(below) + spacing.RowGap;
    }
}
