using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal.ViewModels;

/// <param name="Weight">0..1 on a log scale: how many traces against the fullest cell.</param>
public sealed record HeatCell(double X, double Y, double Width, double Height, double Weight, double ErrorShare, DurationCell Cell)
{
    public double FromMillis => DurationCell.LowerMillis(Cell.Band);

    public double ToMillis => DurationCell.LowerMillis(Cell.Band + 1);
}

/// <summary>Durations over time as a grid in a box of 100 by 100; short ones below.</summary>
public sealed record HeatmapModel(IReadOnlyList<HeatCell> Cells, IReadOnlyList<(double Y, string Label)> Ticks)
{
    private const int FewestBands = 8;

    public static HeatmapModel Of(TimeWindow window, DurationMap map)
    {
        var inside = map.Cells.Where(c => c.Traces > 0 && c.At + map.Step > window.From && c.At < window.To).ToList();
        if (inside.Count == 0)
        {
            return new HeatmapModel([], []);
        }

        int low = inside.Min(c => c.Band) - 1;
        int bands = Math.Max(FewestBands, inside.Max(c => c.Band) + 2 - low);
        double most = Math.Log(1 + inside.Max(c => c.Traces));
        double width = map.Step / window.Length * 100;
        double height = 100.0 / bands;
        var cells = inside.Select(c => new HeatCell(
            (c.At - window.From) / window.Length * 100, 100 - ((c.Band - low + 1) * height), width, height,
            Math.Log(1 + c.Traces) / most, (double)c.Errors / c.Traces, c));
        var ticks = new List<(double, string)>();
        for (double millis = 0.001; millis < 1e7; millis *= 10)
        {
            double y = 100 - ((DurationCell.BandOf(millis) - low) * height);
            if (y is >= 0 and <= 100)
            {
                ticks.Add((y, Figures.Millis(millis)));
            }
        }

        return new HeatmapModel([.. cells], ticks);
    }
}
