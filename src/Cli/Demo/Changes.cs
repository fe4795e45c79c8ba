using System.Globalization;
using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.Cli.Demo;

/// <summary>What is worth a line between two looks at the mesh. Pure.</summary>
internal static class Changes
{
    public static IEnumerable<(string Kind, string Text)> Between(Observation before, Observation now)
    {
        if (now.Rollout is { } rollout && Differs(before.Rollout, rollout))
        {
            yield return ("rollout", Describe(rollout));
        }

        foreach (var incident in now.Incidents)
        {
            var known = before.Incidents.FirstOrDefault(other => other.Id == incident.Id);
            if (known is null)
            {
                yield return ("incident", incident.Headline);
            }

            if (incident.Cause is { } cause && known?.Cause?.Subject != cause.Subject)
            {
                yield return ("cause", string.Create(CultureInfo.InvariantCulture, $"{cause.Subject} (score {cause.Score:0.00}){Because(cause.Evidence)}"));
            }

            if (incident.EndedAt is not null && known is { EndedAt: null })
            {
                yield return ("incident", "over: " + incident.Headline);
            }
        }

        foreach (var instance in now.Instances)
        {
            var known = before.Instances.FirstOrDefault(other => other.InstanceId == instance.InstanceId);
            if (known is not null && known.KeepPercent != instance.KeepPercent)
            {
                yield return ("shift", $"{instance.InstanceId} keeps {instance.KeepPercent} % of its share");
            }
        }
    }

    private static bool Differs(RolloutStatus? before, RolloutStatus now) =>
        before is null || before.Phase != now.Phase || before.WeightPercent != now.WeightPercent || before.ConfirmedWeightPercent != now.ConfirmedWeightPercent;

    private static string Describe(RolloutStatus rollout)
    {
        string confirmed = rollout.ConfirmedWeightPercent == rollout.WeightPercent ? "confirmed by every sidecar" : "on its way to the sidecars";
        string reason = rollout.Phase is RolloutPhase.Holding or RolloutPhase.RollingBack or RolloutPhase.RolledBack or RolloutPhase.Failed
            ? ": " + rollout.Verdict.Reason
            : "";
        return $"{rollout.Config.Name} {rollout.Phase}, {rollout.Config.Canary} at {rollout.WeightPercent} %, {confirmed}{reason}";
    }

    private static string Because(IReadOnlyList<string> evidence) => evidence.Count > 0 ? ": " + evidence[0] : "";
}
