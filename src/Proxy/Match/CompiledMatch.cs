using System.Text.RegularExpressions;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Match;

/// <summary>One <see cref="RouteMatch"/>, ready to be asked per request.</summary>
internal sealed class CompiledMatch
{
    private readonly RouteMatch _match;
    private readonly string _prefix;
    private readonly Regex? _path;
    private readonly (HeaderMatch Header, Regex? Regex)[] _headers;
    private readonly (QueryMatch Query, Regex? Regex)[] _query;

    public CompiledMatch(RouteMatch match)
    {
        _match = match;
        // Gateway API: a trailing slash of a prefix is ignored, and a prefix matches whole path elements.
        _prefix = match.Path.TrimEnd('/');
        _path = match.PathKind == PathMatchKind.Regex ? Compile(match.Path) : null;
        _headers = [.. match.Headers.Select(h => (h, h.IsRegex ? Compile(h.Value) : null))];
        _query = [.. match.Query.Select(q => (q, q.IsRegex ? Compile(q.Value) : null))];
    }

    /// <summary>The low-cardinality path that this rule stands for; null when it says nothing about paths.</summary>
    public string? Template => _match.PathKind switch
    {
        PathMatchKind.Prefix => _prefix.Length == 0 ? null : _prefix,
        _ => _match.Path,
    };

    /// <summary>What the rule's prefix matched of a path, without a slash at its end; empty for other kinds.</summary>
    public string Prefix => _match.PathKind == PathMatchKind.Prefix ? _prefix : "";

    /// <summary>Whether one of them takes the request, or there are none.</summary>
    public static bool Any(CompiledMatch[] matches, in RequestHead head, out CompiledMatch? taken)
    {
        foreach (var match in matches)
        {
            if (match.IsMatch(head))
            {
                taken = match;
                return true;
            }
        }

        taken = null;
        return matches.Length == 0;
    }

    public bool IsMatch(in RequestHead head) =>
        (_match.Method.Length == 0 || _match.Method.Equals(head.Method, StringComparison.OrdinalIgnoreCase))
        && MatchesPath(head.Path) && MatchesHeaders(head.Headers) && MatchesQuery(head.Query);

    /// <summary>Linear in the input, whatever the expression: a route must not become a way to burn CPU.</summary>
    private static Regex Compile(string pattern) =>
        new($"^(?:{pattern})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private bool MatchesPath(string path) => _match.PathKind switch
    {
        PathMatchKind.Exact => path == _match.Path,
        PathMatchKind.Regex => _path!.IsMatch(path),
        _ => path.StartsWith(_prefix, StringComparison.Ordinal) && (path.Length == _prefix.Length || path[_prefix.Length] == '/'),
    };

    private bool MatchesHeaders(IHeaderDictionary headers)
    {
        foreach (var (header, regex) in _headers)
        {
            // A header that is not there matches no expression, not even one that matches nothing at all.
            if (!headers.TryGetValue(header.Name, out var values) || values.ToString() is var value && (regex is null ? value != header.Value : !regex.IsMatch(value)))
            {
                return false;
            }
        }

        return true;
    }

    private bool MatchesQuery(string query)
    {
        foreach (var (parameter, regex) in _query)
        {
            if (!QueryParameter.TryFind(query, parameter.Name, out var value) || (regex is null ? !value.SequenceEqual(parameter.Value) : !regex.IsMatch(value)))
            {
                return false;
            }
        }

        return true;
    }
}
