using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal.ViewModels;

/// <summary>A chart with the figure people read first.</summary>
/// <param name="Now">The mean or worst over the last steps of the window.</param>
/// <param name="About">What the figure covers.</param>
public sealed record Signal(string Title, string Now, string Exact, string About, Condition Condition, ChartModel Chart);

/// <summary>Traffic, errors, latency and saturation of one subject.</summary>
public static class GoldenSignals
{
    private const int RecentSteps = 10;

    public static IReadOnlyList<Signal> Of(TimeWindow window, IReadOnlyList<RedPoint> points, IReadOnlyList<ChartMark> marks)
    {
        double step = window.Step.TotalSeconds;
        var recent = points.Where(p => p.At >= window.To - (RecentSteps * window.Step)).Select(p => p.Red).ToList();
        var now = RedSum.Of(recent);
        double covered = Math.Min(RecentSteps * step, window.Length.TotalSeconds);
        string about = "last " + Figures.Length(TimeSpan.FromSeconds(covered));
        double rate = now.Requests / covered;
        double busy = now.Requests == 0 ? double.NaN : rate * now.MeanMillis / 1000;
        return
        [
            new Signal("Traffic", points.Count == 0 ? Figures.Unknown : Figures.Rate(rate), $"{Figures.Exact(rate)} requests per second, {about}", about, Condition.Unknown,
                new ChartModel(window, [new ChartLine("requests", "accent", Steady(window, points, p => p.Requests / step), true)], Figures.Rate, marks)),
            new Signal("Errors", Figures.Share(now.ErrorShare), $"{Figures.Count(now.Errors)} of {Figures.Count(now.Requests)} requests failed, {about}", about, MeshHealth.Of(now),
                new ChartModel(window, [new ChartLine("failed", "bad", Line(points, p => p.ErrorShare), true)], Figures.Share, marks, 0.01)),
            new Signal("Latency p99", Figures.Millis(Median(recent, r => r.P99Millis)), $"median of the p99 of each {step:0} s step, {about}", about, Condition.Unknown,
                new ChartModel(window, [new ChartLine("p99", "accent", Line(points, p => p.P99Millis)), new ChartLine("p50", "muted", Line(points, p => p.P50Millis))], Figures.Millis, marks)),
            new Signal("In flight", double.IsNaN(busy) ? Figures.Unknown : Figures.Short(busy), $"{Figures.Exact(busy)} requests at the same time: rate times mean duration, {about}", about, Condition.Unknown,
                new ChartModel(window, [new ChartLine("in flight", "accent", Line(points, p => p.Requests / step * p.MeanMillis / 1000), true)], Figures.Short, marks)),
        ];
    }

    /// <summary>Steps without a row had no requests: between the first and the last row that is a fact, zero, and is drawn.</summary>
    private static List<ChartPoint> Steady(TimeWindow window, IReadOnlyList<RedPoint> points, Func<Red, double> value)
    {
        if (points.Count == 0)
        {
            return [];
        }

        var at = points.ToDictionary(p => p.At, p => p.Red);
        var first = points.Min(p => p.At);
        var line = new List<ChartPoint>();
        for (var moment = window.From; moment < window.To; moment += window.Step)
        {
            if (moment >= first)
            {
                line.Add(new ChartPoint(moment, at.TryGetValue(moment, out var red) ? value(red) : 0));
            }
        }

        return line;
    }

    public static IReadOnlyList<ChartPoint> Line(IEnumerable<RedPoint> points, Func<Red, double> value) =>
        [.. points.OrderBy(p => p.At).Select(p => new ChartPoint(p.At, p.Red.Requests == 0 ? double.NaN : value(p.Red)))];

    private static double Median(IEnumerable<Red> reds, Func<Red, double> value)
    {
        var sorted = reds.Select(value).Where(double.IsFinite).Order().ToList();
        return sorted.Count == 0 ? double.NaN : sorted[sorted.Count / 2];
    }
}
