using System.Text;

namespace MeshInsight.Portal.ViewModels;

/// <summary>Layout points as SVG: curves that leave and arrive level, so that an arrow's direction is never in doubt.</summary>
internal static class EdgePath
{
    public static string Of(IReadOnlyList<LayoutPoint> points, bool isBack)
    {
        if (points.Count < 2)
        {
            return "";
        }

        if (isBack && points.Count == 2)
        {
            return Around(points[0], points[1]);
        }

        var path = new StringBuilder($"M{Figures.Css(points[0].X)} {Figures.Css(points[0].Y)}");
        for (int i = 1; i < points.Count; i++)
        {
            var (from, to) = (points[i - 1], points[i]);
            double bend = (to.X - from.X) / 2;
            path.Append(from.Y == to.Y
                ? $"L{Figures.Css(to.X)} {Figures.Css(to.Y)}"
                : $"C{Figures.Css(from.X + bend)} {Figures.Css(from.Y)} {Figures.Css(to.X - bend)} {Figures.Css(to.Y)} {Figures.Css(to.X)} {Figures.Css(to.Y)}");
        }

        return path.ToString();
    }

    public static LayoutPoint Middle(IReadOnlyList<LayoutPoint> points)
    {
        if (points.Count < 2)
        {
            return default;
        }

        int half = points.Count / 2;
        var (from, to) = (points[half - 1], points[half]);
        return new LayoutPoint((from.X + to.X) / 2, (from.Y + to.Y) / 2);
    }

    /// <summary>A call against the reading direction swings below the straight way, which the call forth may occupy.</summary>
    private static string Around(LayoutPoint from, LayoutPoint to)
    {
        double dip = 46;
        return $"M{Figures.Css(from.X)} {Figures.Css(from.Y + 10)}C{Figures.Css(from.X - 30)} {Figures.Css(from.Y + dip)} {Figures.Css(to.X + 30)} {Figures.Css(to.Y + dip)} {Figures.Css(to.X)} {Figures.Css(to.Y + 10)}";
    }
}
