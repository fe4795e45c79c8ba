using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal.ViewModels;

/// <summary>Where requests enter the mesh: counting there counts each request once, counting everywhere would count every hop.</summary>
internal static class EntryServices
{
    /// <summary>Services called from outside; where no such call is known, services nobody calls; where all call each other, all that call.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<EdgeRed> edges)
    {
        var entries = edges.Where(e => e.Source.Length == 0).Select(e => e.Destination).Distinct().Order(StringComparer.Ordinal).ToList();
        if (entries.Count > 0)
        {
            return entries;
        }

        var called = edges.Select(e => e.Destination).ToHashSet();
        var callers = edges.Select(e => e.Source).Distinct().Order(StringComparer.Ordinal).ToList();
        var first = callers.Where(s => !called.Contains(s)).ToList();
        return first.Count > 0 ? first : callers;
    }

    public static Red Traffic(IReadOnlyList<EdgeRed> edges)
    {
        var outside = edges.Where(e => e.Source.Length == 0).Select(e => e.Server.Requests > 0 ? e.Server : e.Client).ToList();
        return outside.Count > 0 ? RedSum.Of(outside) : RedSum.Of(edges.Where(e => Of(edges).Contains(e.Source)).Select(e => e.Client));
    }
}
