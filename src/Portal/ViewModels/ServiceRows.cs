using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal.ViewModels;

public sealed record ServiceRow(string Name, Condition Condition, IReadOnlyList<string> Versions, int Instances, int Ready, Red Red, IReadOnlyList<double> Spark);

/// <summary>Every service that is declared, registered or seen, the worst first.</summary>
public static class ServiceRows
{
    internal static IReadOnlyList<ServiceRow> Of(
        IReadOnlyList<MeshService> declared, IReadOnlyList<MeshInstance> instances, IReadOnlyList<VersionRed> seen, IReadOnlyList<RatePoint> rates)
    {
        var names = declared.Select(d => d.Name).Concat(instances.Select(i => i.Service)).Concat(seen.Select(v => v.Service)).Where(n => n.Length > 0).Distinct();
        var sparks = rates.OrderBy(r => r.At).ToLookup(r => r.Service, r => (double)r.Requests);
        return
        [
            .. names.Select(name =>
                {
                    var versions = seen.Where(v => v.Service == name).ToList();
                    var own = instances.Where(i => i.Service == name).ToList();
                    var red = RedSum.Of(versions.Select(v => v.Red));
                    return new ServiceRow(
                        name,
                        MeshHealth.Of(red, versions.Select(v => v.Red)),
                        [.. versions.Select(v => v.Version).Concat(own.Select(i => i.Version)).Where(v => v.Length > 0).Distinct().Order(StringComparer.Ordinal)],
                        own.Count, own.Count(i => i.Ready), red, [.. sparks[name]]);
                })
                .OrderByDescending(r => r.Condition).ThenByDescending(r => r.Red.Requests).ThenBy(r => r.Name, StringComparer.Ordinal),
        ];
    }

    public static string Sentence(IReadOnlyList<ServiceRow> rows)
    {
        int bad = rows.Count(r => r.Condition is Condition.Degraded or Condition.Failing);
        int silent = rows.Count(r => r.Condition == Condition.Unknown);
        string size = rows.Count == 1 ? "1 service" : $"{rows.Count} services";
        return bad > 0 ? $"{bad} of {size} {(bad == 1 ? "is" : "are")} not well: {string.Join(", ", rows.Take(Math.Min(bad, 3)).Select(r => r.Name))}."
            : silent == rows.Count ? $"{size}; none has traffic now."
            : $"{size}, all well{(silent > 0 ? $"; {silent} without traffic now" : "")}.";
    }
}
