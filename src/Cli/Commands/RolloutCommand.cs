using System.CommandLine;
using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.Cli.Commands;

/// <summary><c>meshinsight rollout {list, promote, abort, pause, resume}</c></summary>
internal static class RolloutCommand
{
    private static readonly (string Name, string Description)[] s_actions =
    [
        ("promote", "Sends all traffic to the canary now, whatever the evidence says."),
        ("abort", "Sends all traffic back to the stable version now."),
        ("pause", "Keeps the weight as it is until resumed. Harm still rolls back."),
        ("resume", "Lets a paused or held rollout go on."),
    ];

    public static Command Create()
    {
        var command = new Command("rollout", "Shows rollouts, and steers them by hand.");
        var list = new Command("list", "All rollouts with their phase, weight and evidence.");
        list.SetAction((parsed, cancellation) => CommonOptions.WithApiAsync(parsed, async api =>
        {
            Table(await api.RolloutsAsync(cancellation)).WriteTo(parsed.InvocationConfiguration.Output);
            return ExitCodes.Done;
        }));
        command.Add(list);
        foreach (var (name, description) in s_actions)
        {
            command.Add(Action(name, description));
        }

        return command;
    }

    internal static TextTable Table(IEnumerable<RolloutStatus> rollouts) => TextTable.Of(
        rollouts,
        ("NAME", r => r.Config.Name),
        ("SERVICE", r => r.Config.Service),
        ("CANARY", r => r.Config.Canary),
        ("PHASE", r => r.Phase + (r.PausedByPerson ? " (paused)" : "")),
        ("WEIGHT", r => r.WeightPercent + "%"),
        ("CONFIRMED", r => r.ConfirmedWeightPercent is { } confirmed ? confirmed + "%" : "-"),
        ("VERDICT", r => r.Verdict.Kind + (r.Verdict.Reason.Length > 0 ? ": " + r.Verdict.Reason : "")));

    private static Command Action(string name, string description)
    {
        var rollout = new Argument<string>("name") { Description = "The rollout's name." };
        var command = new Command(name, description) { rollout };
        command.SetAction((parsed, cancellation) => CommonOptions.WithApiAsync(parsed, async api =>
        {
            Table([await api.RolloutAsync(parsed.GetRequiredValue(rollout), name, cancellation)]).WriteTo(parsed.InvocationConfiguration.Output);
            return ExitCodes.Done;
        }));
        return command;
    }
}
