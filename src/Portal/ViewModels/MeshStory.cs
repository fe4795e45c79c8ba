using System.Globalization;
using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal.ViewModels;

/// <summary>Is the mesh's own machinery well?</summary>
public static class MeshStory
{
    private static readonly TimeSpan Stale = TimeSpan.FromSeconds(15);

    public static (Condition Condition, string Sentence) Of(DateTimeOffset now, FeedState<ControlStatus> control, FeedState<CollectorState> collector, FeedState<Freshness> store)
    {
        var problems = new List<string>();
        if (control.FailingSince is not null)
        {
            problems.Add("the control plane does not answer (sidecars keep the last good routes)");
        }

        if (collector.FailingSince is not null)
        {
            problems.Add("the collector does not answer (sidecars hold telemetry in bounded queues)");
        }

        if (store.FailingSince is not null)
        {
            problems.Add("the store does not answer (the collector spools)");
        }

        if (store.Value is { NewestRequests: { } newest } && now - newest > Stale)
        {
            problems.Add($"the newest counted request is {Figures.Length(now - newest)} old");
        }

        if (control.Value is { } status && status.Confirmed < status.Proxies)
        {
            problems.Add($"{status.Proxies - status.Confirmed} of {status.Proxies} sidecars do not have snapshot {status.Version} in force");
        }

        if (problems.Count > 0)
        {
            return (Condition.Degraded, $"{char.ToUpperInvariant(problems[0][0])}{string.Join("; ", problems)[1..]}.");
        }

        return control.Value is { } all && collector.HasValue && store.HasValue
            ? (Condition.Ok, $"The mesh itself is well: {(all.Proxies == 1 ? "1 sidecar has" : $"all {all.Proxies} sidecars have")} snapshot {all.Version} in force, and telemetry arrives.")
            : (Condition.Unknown, "Waiting for the first answers of control plane, collector and store.");
    }

    public static string Bytes(long bytes) => bytes switch
    {
        < 1_000_000 => (bytes / 1e3).ToString("0.#", CultureInfo.InvariantCulture) + "\u00a0kB",
        < 1_000_000_000 => (bytes / 1e6).ToString("0.#", CultureInfo.InvariantCulture) + "\u00a0MB",
        _ => (bytes / 1e9).ToString("0.##", CultureInfo.InvariantCulture) + "\u00a0GB",
    };
}
