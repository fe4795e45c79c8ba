using System.Text;
using System.Text.Json;
using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal.ViewModels;

public readonly record struct ChartPoint(DateTimeOffset At, double Value);

/// <param name="Tone">Class name of its colour: accent, ok, warn, bad, muted, stable, canary.</param>
public sealed record ChartLine(string Name, string Tone, IReadOnlyList<ChartPoint> Points, bool IsFilled = false);

/// <summary>A change that may explain what the line does next.</summary>
public sealed record ChartMark(DateTimeOffset At, string Glyph, string Tone, string Text);

/// <summary>A line chart ready to draw into a box of 1000 by 100 units, stretched by the browser.</summary>
public sealed class ChartModel
{
    public const double Width = 1000;
    public const double Height = 100;

    private readonly Func<double, string> _format;

    public ChartModel(TimeWindow window, IReadOnlyList<ChartLine> lines, Func<double, string> format, IEnumerable<ChartMark>? marks = null, double atLeast = 0)
    {
        Window = window;
        Lines = lines;
        _format = format;
        double highest = lines.SelectMany(l => l.Points).Select(p => p.Value).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        Top = NiceTop(Math.Max(highest, atLeast));
        Marks = [.. (marks ?? []).Where(m => m.At >= window.From && m.At <= window.To)];
    }

    public TimeWindow Window { get; }

    public IReadOnlyList<ChartLine> Lines { get; }

    public IReadOnlyList<ChartMark> Marks { get; }

    /// <summary>Value at the upper edge: 1, 2, 2.5 or 5 times a power of ten.</summary>
    public double Top { get; }

    public bool IsEmpty => Lines.All(l => l.Points.Count == 0);

    public string Label(double share) => _format(Top * share);

    public double X(DateTimeOffset at) => (at - Window.From) / Window.Length * Width;

    /// <summary>One path per unbroken run: a gap in the data is a gap in the line, not a slope.</summary>
    public string Path(ChartLine line, bool filled = false)
    {
        var path = new StringBuilder();
        DateTimeOffset? last = null;
        double lastX = 0;
        foreach (var (at, value) in line.Points)
        {
            if (!double.IsFinite(value))
            {
                Close(path, last, lastX, filled);
                last = null;
                continue;
            }

            bool joins = last is { } before && at - before <= 2.5 * Window.Step;
            if (!joins)
            {
                Close(path, last, lastX, filled);
            }

            lastX = X(at + (Window.Step / 2));
            string y = Figures.Css(Height * (1 - (Top == 0 ? 0 : Math.Min(1, value / Top))));
            path.Append(joins ? $"L{Figures.Css(lastX)} {y}" : filled ? $"M{Figures.Css(lastX)} {Height}L{Figures.Css(lastX)} {y}" : $"M{Figures.Css(lastX)} {y}");
            last = at;
        }

        Close(path, last, lastX, filled);
        return path.ToString();
    }

    /// <summary>What the hover shows, read by charts.js: times and formatted values per step.</summary>
    public string HoverJson()
    {
        int steps = Window.Steps;
        var times = Enumerable.Range(0, steps).Select(i => Figures.Clock(Window.From + (i * Window.Step))).ToArray();
        var lines = Lines.Select(line =>
        {
            var values = new string?[steps];
            foreach (var (at, value) in line.Points)
            {
                int i = (int)Math.Round((at - Window.From) / Window.Step);
                if (i >= 0 && i < steps && double.IsFinite(value))
                {
                    values[i] = _format(value);
                }
            }

            return new { name = line.Name, tone = line.Tone, values };
        });
        return JsonSerializer.Serialize(new { times, lines });
    }

    internal static double NiceTop(double highest)
    {
        if (!(highest > 0))
        {
            return 1;
        }

        double power = Math.Pow(10, Math.Floor(Math.Log10(highest)));
        foreach (double step in (double[])[1, 1.5, 2, 2.5, 3, 4, 5, 6, 8])
        {
            if (highest <= step * power * 1.0000001)
            {
                return step * power;
            }
        }

        return 10 * power;
    }

    private static void Close(StringBuilder path, DateTimeOffset? last, double lastX, bool filled)
    {
        if (last is not null && filled)
        {
            path.Append($"L{Figures.Css(lastX)} {Height}Z");
        }
    }
}
