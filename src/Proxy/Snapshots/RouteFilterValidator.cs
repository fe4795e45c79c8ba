using System.Buffers;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Snapshots;

/// <summary>Looks for filters that would make a request or response invalid on the wire.</summary>
internal static class RouteFilterValidator
{
    // RFC 9110 section 5.6.2, token.
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    public static void Check(RouteConfig route, string where, List<string> problems)
    {
        var filters = route.Filters;
        Check(filters.Request, $"{where}: filters.request", problems);
        Check(filters.Response, $"{where}: filters.response", problems);
        foreach (var cluster in route.Clusters)
        {
            Check(cluster.Request, $"{where}: cluster '{cluster.Cluster}' request", problems);
            Check(cluster.Response, $"{where}: cluster '{cluster.Cluster}' response", problems);
        }

        if (filters.Redirect is { } redirect)
        {
            Check(redirect, $"{where}: redirect", problems);
        }

        if (filters.Rewrite is { } rewrite)
        {
            Check(rewrite.Path, $"{where}: rewrite", problems);
            if (filters.Redirect is not null)
            {
                problems.Add($"{where}: has both a redirect and a rewrite; one is allowed.");
            }
        }

        foreach (var mirror in filters.Mirrors)
        {
            if (mirror.Denominator <= 0 || mirror.Numerator < 0 || mirror.Numerator > mirror.Denominator)
            {
                problems.Add($"{where}: a mirror copies {mirror.Numerator} of {mirror.Denominator}; allowed are 0 to all of a positive number.");
            }
        }
    }

    private static void Check(RedirectConfig redirect, string where, List<string> problems)
    {
        Check(redirect.Path, where, problems);
        if (redirect.Status is not (301 or 302 or 303 or 307 or 308))
        {
            problems.Add($"{where}: status is {redirect.Status}; allowed are 301, 302, 303, 307 and 308.");
        }

        if (redirect.Scheme is not ("" or "http" or "https"))
        {
            problems.Add($"{where}: scheme is '{redirect.Scheme}'; allowed are http, https and none.");
        }

        if (redirect.Port is < 0 or > 65535)
        {
            problems.Add($"{where}: port is {redirect.Port}; allowed are 0 to 65535.");
        }
    }

    private static void Check(PathChange change, string where, List<string> problems)
    {
        if (change.Kind != PathChangeKind.Keep && change.Value.Length > 0 && change.Value[0] != '/')
        {
            problems.Add($"{where}: path '{change.Value}' must start with '/'.");
        }
    }

    private static void Check(HeaderChanges? changes, string where, List<string> problems)
    {
        if (changes is null)
        {
            return;
        }

        foreach (var (name, value) in changes.Set.Concat(changes.Add))
        {
            CheckName(name, where, problems);
            if (value.AsSpan().ContainsAny('\r', '\n', '\0'))
            {
                problems.Add($"{where}: the value of header '{name}' has a line break or a zero.");
            }
        }

        foreach (string name in changes.Remove)
        {
            CheckName(name, where, problems);
        }
    }

    private static void CheckName(string name, string where, List<string> problems)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(NameCharacters))
        {
            problems.Add($"{where}: '{name}' is not the name of a header.");
        }
    }
}
