using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal.ViewModels;

/// <summary>Where requests enter the mesh: counting there counts each request once, counting everywhere would count every hop.</summary>
internal static class EntryServices
{
    /// <summary>Services called from outside; where no such call is known, services nobody calls.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<EdgeRed> edges)
    {
        var entries = edges.Where(e => e.Source.Length == 0).Select(e => e.Destination).Distinct().Order(StringComparer.Ordinal).ToList();
        if (entries.Count > 0)
        {
            return entries;
        }

        var called = edges.Select(e => e.Destination).ToHashSet();
        return [.. edges.Select(e => e.Source).Where(s => !called.Contains(s)).Distinct().Order(StringComparer.Ordinal)];
    }

    public static Red Traffic(IReadOnlyList<EdgeRed> edges)
    {
        var outside = edges.Where(e => e.Source.Length == 0).Select(e => e.Server.Requests > 0 ? e.Server : e.Client).ToList();
        return outside.Count > 0 ? RedSum.Of(outside) : RedSum.Of(edges.Where(e => Of(edges).Contains(e.Source)).Select(e => e.Client));
    }
}
