using System.Globalization;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Snapshots;

/// <summary>Looks for what would make a rate limit let nothing or everything through, or fail.</summary>
internal static class RateLimitValidator
{
    public static void Check(IReadOnlyList<RateLimitConfig> limits, List<string> problems)
    {
        SnapshotChecks.Once("RateLimit", limits.Select(l => l.Name), problems);
        foreach (var limit in limits)
        {
            string where = $"RateLimit '{limit.Name}'";
            foreach (var match in limit.Matches)
            {
                SnapshotValidator.Check(match, where, problems);
            }

            CheckRate(limit.Total, $"{where}: total", problems);
            CheckRate(limit.Identity, $"{where}: identity", problems);
            foreach (var each in limit.Overrides)
            {
                CheckRate(each.Rate, $"{where}: an override", problems);
            }

            if (limit.Overrides.SelectMany(o => o.Clients).GroupBy(c => c).FirstOrDefault(g => g.Count() > 1) is { } client)
            {
                problems.Add($"{where}: '{client.Key}' has more than one override.");
            }

            if (limit.Global is { } global)
            {
                CheckGlobal(global, $"{where}: global", problems);
            }
        }
    }

    private static void CheckGlobal(GlobalRateLimit global, string where, List<string> problems)
    {
        CheckRate(global.Rate, where, problems);
        if (global.Timeout <= TimeSpan.Zero || global.Timeout > TimeSpan.FromDays(1))
        {
            problems.Add($"{where}: timeout is {global.Timeout.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)} ms; it must be above 0 and at most a day.");
        }

        if (global.Key.Count > GlobalRateLimit.MaxKeyParts)
        {
            problems.Add($"{where}: the key has {global.Key.Count} parts; allowed are {GlobalRateLimit.MaxKeyParts}.");
        }

        foreach (var part in global.Key)
        {
            if (!Enum.IsDefined(part.Source) || (part.Source == LimitKeySource.Header && part.Name.Length == 0))
            {
                problems.Add($"{where}: the key has a part of an unknown kind, or a header without a name.");
            }
        }
    }

    private static void CheckRate(RateConfig? rate, string where, List<string> problems)
    {
        if (rate is { } given && !(given is { RequestsPerSecond: >= 0.001 and <= RateConfig.Highest, Burst: >= 1 and <= 1_000_000 }))
        {
            problems.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{where}: {given.RequestsPerSecond} requests per second with bursts of {given.Burst}; allowed are 0.001 to {RateConfig.Highest} with 1 to 1000000."));
        }
    }
}
