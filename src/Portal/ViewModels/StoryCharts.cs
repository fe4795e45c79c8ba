using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal.ViewModels;

/// <summary>The suspect before, during and after the incident.</summary>
public static class StoryCharts
{
    public static TimeWindow Window(Incident incident, DateTimeOffset now) =>
        Window(incident.StartedAt.AddMinutes(-2), incident.EndedAt, now);

    /// <summary>The rollout from half a minute before it began.</summary>
    public static TimeWindow Window(RolloutStatus rollout, DateTimeOffset now) =>
        Window(rollout.StartedAt.AddSeconds(-30), rollout.EndedAt, now);

    private static TimeWindow Window(DateTimeOffset from, DateTimeOffset? ended, DateTimeOffset now)
    {
        var last = (ended ?? now).AddMinutes(1);
        var to = last < now ? last : now;
        double step = Math.Max(1, Math.Ceiling((to - from).TotalSeconds / 90));
        step = step > 3 ? Math.Ceiling(step / 10) * 10 : step;
        return TimeWindow.Last(TimeSpan.FromSeconds(step * Math.Ceiling((to - from).TotalSeconds / step)), TimeSpan.FromSeconds(step), to);
    }

    public static IReadOnlyList<(string Title, ChartModel Chart)> Of(TimeWindow window, IReadOnlyList<RedPoint> points, IReadOnlyList<ChartMark> marks) =>
    [
        ("Failed", new ChartModel(window, [new ChartLine("failed", "bad", GoldenSignals.Line(points, r => r.ErrorShare), true)], Figures.Share, marks, 0.01)),
        ("Latency", new ChartModel(window, [new ChartLine("p99", "accent", GoldenSignals.Line(points, r => r.P99Millis)), new ChartLine("p50", "muted", GoldenSignals.Line(points, r => r.P50Millis))], Figures.Millis, marks)),
        ("Rate", new ChartModel(window, [new ChartLine("requests", "accent", GoldenSignals.Line(points, r => r.Requests / window.Step.TotalSeconds), true)], Figures.Rate, marks)),
    ];

    public static IReadOnlyList<ChartMark> Marks(Incident incident, IReadOnlyList<Decision> decisions) =>
        [new ChartMark(incident.StartedAt, "!", "bad", $"{Figures.Clock(incident.StartedAt)} the fault began"), .. ChangeMarks.Of(decisions)];
}
