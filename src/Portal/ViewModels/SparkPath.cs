using System.Text;

namespace MeshInsight.Portal.ViewModels;

/// <summary>A small line from zero to its own highest value.</summary>
internal static class SparkPath
{
    public static string Of(IReadOnlyList<double> values, double width, double height)
    {
        double top = values.Where(double.IsFinite).DefaultIfEmpty(0).Max();
        if (values.Count < 2 || top <= 0)
        {
            return "";
        }

        var path = new StringBuilder();
        for (int i = 0; i < values.Count; i++)
        {
            double y = 1 + ((height - 2) * (1 - (values[i] / top)));
            path.Append(i == 0 ? 'M' : 'L').Append(Figures.Css(width * i / (values.Count - 1))).Append(' ').Append(Figures.Css(y));
        }

        return path.ToString();
    }
}
