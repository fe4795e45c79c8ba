using System.Globalization;
using MeshInsight.Contracts.Rollouts;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshInsight.Cli.Views;

/// <summary>The rollout's phase, weight, and how much evidence of harm there is.</summary>
internal static class RolloutPanel
{
    private const int BarWidth = 24;

    public static IRenderable Draw(RolloutStatus rollout)
    {
        var lines = new List<IRenderable>
        {
            new Markup($"{Phase(rollout.Phase)} · {Markup.Escape(rollout.Config.Canary)} at [bold]{rollout.WeightPercent} %[/] {Bar(rollout.WeightPercent / 100.0)}{Confirmed(rollout)}"),
            new Markup($"{Arm(rollout.Verdict.Stable)}\n{Arm(rollout.Verdict.Canary)}"),
        };
        foreach (var meter in rollout.Verdict.Evidence)
        {
            // Evidence multiplies, so its logarithm is what grows steadily towards the bound.
            double share = meter.EValue <= 1 ? 0 : Math.Min(1, Math.Log(meter.EValue) / Math.Log(meter.Bound));
            lines.Add(new Markup(string.Create(
                CultureInfo.InvariantCulture,
                $"harm in {Markup.Escape(meter.Signal)} {Bar(share)} {meter.EValue:0.##} of {meter.Bound:0.##}")));
        }

        if (rollout.Verdict.Reason.Length > 0)
        {
            lines.Add(new Text(rollout.Verdict.Reason));
        }

        return new Panel(new Rows(lines)).Header("rollout " + Markup.Escape(rollout.Config.Name)).RoundedBorder();
    }

    private static string Phase(RolloutPhase phase) => phase switch
    {
        RolloutPhase.Succeeded => "[green]Succeeded[/]",
        RolloutPhase.RollingBack or RolloutPhase.RolledBack or RolloutPhase.Failed => $"[red]{phase}[/]",
        RolloutPhase.Holding => "[yellow]Holding[/]",
        _ => phase.ToString(),
    };

    private static string Confirmed(RolloutStatus rollout) => rollout.ConfirmedWeightPercent == rollout.WeightPercent ? " confirmed by every sidecar" : " on its way";

    private static string Arm(ArmCounts arm) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Markup.Escape(arm.Version),-4} {arm.Requests} requests, {arm.Errors} failed, {arm.Slow} slow, p95 {arm.P95Millis:0} ms, p99 {arm.P99Millis:0} ms");

    private static string Bar(double share)
    {
        int full = (int)Math.Round(Math.Clamp(share, 0, 1) * BarWidth);
        return new string('█', full) + new string('░', BarWidth - full);
    }
}
