using System.Globalization;
using MeshInsight.Contracts.Mesh;
using static MeshInsight.Proxy.Snapshots.SnapshotChecks;

namespace MeshInsight.Proxy.Snapshots;

/// <summary>What of bounds and classes would make a sidecar misbehave: field, value, what is allowed.</summary>
internal static class OverloadValidator
{
    private const int Most = 100_000;
    private const long LongestMillis = 24 * 3600 * 1000;

    public static void Check(IReadOnlyList<ServiceOverload> services, List<string> problems)
    {
        problems.AddRange(services.GroupBy(s => s.Service, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1).Select(g => $"service '{g.Key}' has {g.Count()} overloads; one is allowed."));
        foreach (var (service, overload) in services)
        {
            Check($"service '{service}': overload.", overload, problems);
        }
    }

    public static void Check(PriorityConfig priority, string where, List<string> problems)
    {
        foreach (var unknown in priority.Values.Values.Append(priority.Default).Where(c => !Enum.IsDefined(c)))
        {
            problems.Add($"{where}: priority class {((int)unknown).ToString(CultureInfo.InvariantCulture)} is not known.");
        }
    }

    private static void Check(string where, OverloadConfig overload, List<string> problems)
    {
        Range(where + "maxRequests", overload.MaxRequests, overload.Adaptive is null ? 1 : 0, int.MaxValue, problems);
        Range(where + "maxPendingRequests", overload.MaxPendingRequests, 0, Most, problems);
        Range(where + "maxWait [ms]", (long)overload.MaxWait.TotalMilliseconds, 1, LongestMillis, problems);
        if (overload.Adaptive is not { } adaptive)
        {
            return;
        }

        Range(where + "adaptive.minConcurrency", adaptive.MinConcurrency, 1, Math.Min(Most, adaptive.MaxConcurrency), problems);
        Range(where + "adaptive.maxConcurrency", adaptive.MaxConcurrency, 1, Most, problems);
        Range(where + "adaptive.updateInterval [ms]", (long)adaptive.UpdateInterval.TotalMilliseconds, 1, LongestMillis, problems);
        Range(where + "adaptive.bufferPercent", adaptive.BufferPercent, 0, 1000, problems);
        Range(where + "adaptive.minRttInterval [ms]", (long)adaptive.MinRttInterval.TotalMilliseconds, 1, LongestMillis, problems);
        Range(where + "adaptive.minRttRequests", adaptive.MinRttRequests, 10, 10_000, problems);
        Range(where + "adaptive.jitterPercent", adaptive.JitterPercent, 0, 100, problems);
    }
}
