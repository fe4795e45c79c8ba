using System.Text;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Match;

namespace MeshInsight.Proxy.Explain;

/// <summary>Which route took a request and why those before it did not. Asks each rule again, part by part: slow, and only for who asks why.</summary>
internal static class RouteWords
{
    private const int MaxRoutes = 16;

    public static string Of(MeshSnapshot snapshot, in RequestHead head, RouteChoice choice)
    {
        var text = new StringBuilder();
        int told = 0;
        int left = 0;
        bool isTaken = false;
        foreach (var route in Candidates(snapshot, head.Service.ToString(), choice.Route?.Config))
        {
            if (told == MaxRoutes && route != choice.Route?.Config)
            {
                left++;
                continue;
            }

            told++;
            text.Append(text.Length > 0 ? "; " : "").Append(route.Name).Append(": ");
            text.Append(route == choice.Route?.Config ? "taken, " + Rule(route, head) : isTaken ? "not asked, the one taken comes before it" : "no, " + Refusal(route, head));
            isTaken |= route == choice.Route?.Config;
        }

        return text.Length == 0 ? $"no route for {head.Service}" : text.Append(left > 0 ? $"; {left} more were not told" : "").ToString();
    }

    // What a gateway's listener serves is not among the services' own routes.
    private static IReadOnlyList<RouteConfig> Candidates(MeshSnapshot snapshot, string service, RouteConfig? taken)
    {
        List<RouteConfig> own = [.. snapshot.Routes.Where(r => r.Service.Equals(service, StringComparison.OrdinalIgnoreCase))];
        return taken is null || own.Contains(taken)
            ? own
            : snapshot.Gateways.SelectMany(g => g.Hosts).FirstOrDefault(h => h.Routes.Contains(taken))?.Routes ?? [taken];
    }

    private static string Rule(RouteConfig route, in RequestHead head)
    {
        foreach (var match in route.Matches)
        {
            if (new CompiledMatch(match).IsMatch(head))
            {
                string more = $"{(match.Method.Length > 0 ? ", method " + match.Method : "")}{Count(match.Headers.Count, "header")}{Count(match.Query.Count, "query parameter")}";
                return $"path {match.PathKind.ToString().ToLowerInvariant()} {match.Path}{more}";
            }
        }

        return "it takes every request";
    }

    private static string Refusal(RouteConfig route, in RequestHead head)
    {
        if (route.IsGrpcOnly && !head.IsGrpc)
        {
            return "it takes gRPC only";
        }

        if (route.IsBytes || (route.Matches.Count == 0 && route.Port == 0))
        {
            return "it takes connections of bytes, no requests";
        }

        foreach (var match in route.Matches)
        {
            if (Refusal(match, head) is { } reason)
            {
                return reason;
            }
        }

        return $"it serves port {route.Port}";
    }

    // Each part alone, beside parts that take everything.
    private static string? Refusal(RouteMatch match, in RequestHead head)
    {
        var any = new RouteMatch(PathMatchKind.Prefix, "/", "", []);
        if (!new CompiledMatch(match with { Method = "", Headers = [], Query = [] }).IsMatch(head))
        {
            return $"the path is not {match.PathKind.ToString().ToLowerInvariant()} {match.Path}";
        }

        if (!new CompiledMatch(any with { Method = match.Method }).IsMatch(head))
        {
            return $"the method is not {match.Method}";
        }

        foreach (var header in match.Headers)
        {
            if (!new CompiledMatch(any with { Headers = [header] }).IsMatch(head))
            {
                return $"header {header.Name} is not as asked";
            }
        }

        foreach (var query in match.Query)
        {
            if (!new CompiledMatch(any with { Query = [query] }).IsMatch(head))
            {
                return $"query parameter {query.Name} is not as asked";
            }
        }

        return null;
    }

    private static string Count(int count, string of) => count == 0 ? "" : $", {count} {of}{(count == 1 ? "" : "s")}";
}
