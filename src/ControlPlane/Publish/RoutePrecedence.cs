using MeshInsight.Contracts.Mesh;
using MeshInsight.ControlPlane.Catalog;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>
/// The order of https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule : exact path, longest prefix, method, most headers, most query parameters; then the oldest
/// route, the order of rules. Regular expressions, which the specification leaves open, come between exact and prefix. GRPCRoutes: longest service, longest method, most
/// headers. The two kinds never share a port of a service, so how they stand to each other decides nothing.
/// </summary>
internal sealed class RoutePrecedence : IComparer<RankedRoute>
{
    public static RoutePrecedence Instance { get; } = new();

    public int Compare(RankedRoute? x, RankedRoute? y)
    {
        var (a, b) = (x!, y!);
        int order = string.CompareOrdinal(a.Route.Service, b.Route.Service);
        order = order != 0 ? order : b.Route.IsGrpcOnly.CompareTo(a.Route.IsGrpcOnly);
        order = order != 0 ? order : a.Route.IsGrpcOnly ? CompareCalls(a.Match, b.Match) : ComparePaths(a.Match.Match, b.Match.Match);
        order = order != 0 ? order : a.Age.CompareTo(b.Age);
        order = order != 0 ? order : a.RuleIndex.CompareTo(b.RuleIndex);
        return order != 0 ? order : a.MatchIndex.CompareTo(b.MatchIndex);
    }

    private static int CompareCalls(RuleMatch a, RuleMatch b)
    {
        int order = b.ServiceLength.CompareTo(a.ServiceLength);
        order = order != 0 ? order : b.MethodLength.CompareTo(a.MethodLength);
        return order != 0 ? order : b.Match.Headers.Count.CompareTo(a.Match.Headers.Count);
    }

    private static int ComparePaths(RouteMatch a, RouteMatch b)
    {
        int order = PathRank(a).CompareTo(PathRank(b));
        order = order != 0 ? order : b.Path.Length.CompareTo(a.Path.Length);
        order = order != 0 ? order : (a.Method.Length == 0).CompareTo(b.Method.Length == 0);
        order = order != 0 ? order : b.Headers.Count.CompareTo(a.Headers.Count);
        return order != 0 ? order : b.Query.Count.CompareTo(a.Query.Count);
    }

    private static int PathRank(RouteMatch match) => match.PathKind switch
    {
        PathMatchKind.Exact => 0,
        PathMatchKind.Regex => 1,
        _ => 2,
    };
}

/// <param name="Age">Place of the resource among all routes, oldest first.</param>
internal sealed record RankedRoute(RouteConfig Route, RuleMatch Match, int Age, int RuleIndex, int MatchIndex);
