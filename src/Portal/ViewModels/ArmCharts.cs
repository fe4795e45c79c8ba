using MeshInsight.Contracts.Rollouts;
using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal.ViewModels;

/// <summary>Both arms of a rollout in the same three charts.</summary>
public static class ArmCharts
{
    public static IReadOnlyList<(string Title, ChartModel Chart)> Of(
        TimeWindow window, RolloutStatus rollout, IReadOnlyList<RedPoint> stable, IReadOnlyList<RedPoint> canary, IReadOnlyList<ChartMark> marks)
    {
        double step = window.Step.TotalSeconds;
        ChartModel Chart(Func<Red, double> value, Func<double, string> format, double atLeast = 0) => new(
            window,
            [
                new ChartLine(rollout.Config.Stable, "stable", GoldenSignals.Line(stable, value)),
                new ChartLine(rollout.Config.Canary, "canary", GoldenSignals.Line(canary, value)),
            ],
            format, marks, atLeast);
        return
        [
            ("Rate", Chart(r => r.Requests / step, Figures.Rate)),
            ("Failed", Chart(r => r.ErrorShare, Figures.Share, 0.01)),
            ("Latency p95", Chart(r => r.P95Millis, Figures.Millis)),
        ];
    }
}
