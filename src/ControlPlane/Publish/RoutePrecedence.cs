using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>
/// The order of https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule : exact path, longest prefix, method, most headers; then the oldest route, its name, the
/// order of rules. Regular expressions, which the specification leaves open, come between exact and prefix.
/// </summary>
internal sealed class RoutePrecedence : IComparer<RankedRoute>
{
    public static RoutePrecedence Instance { get; } = new();

    public int Compare(RankedRoute? x, RankedRoute? y)
    {
        var (a, b) = (x!, y!);
        int order = string.CompareOrdinal(a.Route.Service, b.Route.Service);
        order = order != 0 ? order : PathRank(a.Match).CompareTo(PathRank(b.Match));
        order = order != 0 ? order : b.Match.Path.Length.CompareTo(a.Match.Path.Length);
        order = order != 0 ? order : (a.Match.Method.Length == 0).CompareTo(b.Match.Method.Length == 0);
        order = order != 0 ? order : b.Match.Headers.Count.CompareTo(a.Match.Headers.Count);
        order = order != 0 ? order : a.Age.CompareTo(b.Age);
        order = order != 0 ? order : a.RuleIndex.CompareTo(b.RuleIndex);
        return order != 0 ? order : a.MatchIndex.CompareTo(b.MatchIndex);
    }

    private static int PathRank(RouteMatch match) => match.PathKind switch
    {
        PathMatchKind.Exact => 0,
        PathMatchKind.Regex => 1,
        _ => 2,
    };
}

/// <param name="Age">Place of the HTTPRoute among all, oldest first.</param>
internal sealed record RankedRoute(RouteConfig Route, RouteMatch Match, int Age, int RuleIndex, int MatchIndex);
