using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal.ViewModels;

/// <summary>The answer to "is anything wrong, where, why, and what did the mesh already do?"</summary>
public sealed record OverviewStory(Condition Condition, string Sentence, string Link)
{
    private static readonly TimeSpan RecentRollback = TimeSpan.FromMinutes(10);

    /// <summary>While both have been asked and neither has failed to answer.</summary>
    public static OverviewStory Asked { get; } = new(Condition.Unknown, "The first figures are on their way.", "mesh");

    /// <param name="now">Clock of the answer.</param>
    /// <param name="incidents">Null while the control plane has not answered.</param>
    /// <param name="traffic">Over the last <paramref name="window"/>; null while the store has not answered.</param>
    public static OverviewStory Of(DateTimeOffset now, IReadOnlyList<Incident>? incidents, IReadOnlyList<RolloutStatus>? rollouts, Red? traffic, TimeSpan window)
    {
        var open = (incidents ?? []).Where(i => i.EndedAt is null).OrderByDescending(i => i.StartedAt).ToList();
        var rolledBack = (rollouts ?? []).Where(r => r.Phase is RolloutPhase.RolledBack or RolloutPhase.RollingBack && now - r.PhaseSince < RecentRollback)
            .MaxBy(r => r.PhaseSince);
        if (rolledBack is not null)
        {
            return new(open.Count > 0 ? Condition.Failing : Condition.Degraded, RolloutStory.Sentence(rolledBack, now), $"rollouts/{Uri.EscapeDataString(rolledBack.Config.Name)}");
        }

        if (open.Count > 0)
        {
            string more = open.Count > 1 ? $" {open.Count - 1} more {(open.Count == 2 ? "incident is" : "incidents are")} open." : "";
            return new(Condition.Failing, $"{Stop(open[0].Headline)} {Acted(open[0])}{more}", $"incidents/{Uri.EscapeDataString(open[0].Id)}");
        }

        if (incidents is null && traffic is null)
        {
            return new(Condition.Unknown, "Nothing is known yet: neither the control plane nor the store has answered.", "mesh");
        }

        if (traffic is null or { Requests: 0 })
        {
            return new(Condition.Unknown, traffic is null ? "No incident is open. The store does not answer, so traffic is unknown." : $"No request was seen in the last {Figures.Length(window)}, so nothing can be said about health.", "mesh");
        }

        string figures = $"{Figures.Rate(traffic.Value.Requests / window.TotalSeconds)}, {Figures.Share(traffic.Value.ErrorShare)} failed";
        if (incidents is null)
        {
            return new(Condition.Unknown, $"The control plane does not answer, so incidents are unknown. Traffic flows: {figures}.", "mesh");
        }

        var health = MeshHealth.Of(traffic.Value);
        var rollout = rollouts?.Where(RolloutStory.IsUnderWay).MaxBy(r => r.StartedAt);
        string also = rollout is null ? "" : " " + RolloutStory.Sentence(rollout, now);
        return health == Condition.Ok
            ? new(Condition.Ok, $"All is well: {figures} over the last {Figures.Length(window)}.{also}", rollout is null ? "topology" : $"rollouts/{Uri.EscapeDataString(rollout.Config.Name)}")
            : new(health, $"No incident is open, but requests fail: {figures} over the last {Figures.Length(window)}.{also}", "topology");
    }

    private static string Acted(Incident incident)
    {
        var action = incident.Timeline.LastOrDefault(e => e.Kind == IncidentEventKind.Action);
        return action is null ? "The mesh has not acted." : Stop(action.Text);
    }

    private static string Stop(string text) => text.Length > 0 && text[^1] is '.' or '!' or '?' ? text : text + ".";
}
