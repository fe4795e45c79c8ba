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

    public CompiledMatch(RouteMatch match)
    {
        _match = match;
        // Gateway API: a trailing slash of a prefix is ignored, and a prefix matches whole path elements.
        _prefix = match.Path.TrimEnd('/');
        _path = match.PathKind == PathMatchKind.Regex ? Compile(match.Path) : null;
        _headers = [.. match.Headers.Select(h => (h, h.IsRegex ? Compile(h.Value) : null))];
    }

    /// <summary>The low-cardinality path that this rule stands for; null when it says nothing about paths.</summary>
    public string? Template => _match.PathKind switch
    {
        PathMatchKind.Prefix => _prefix.Length == 0 ? null : _prefix,
        _ => _match.Path,
    };

    public bool IsMatch(string method, string path, IHeaderDictionary headers) =>
        (_match.Method.Length == 0 || _match.Method.Equals(method, StringComparison.OrdinalIgnoreCase)) && MatchesPath(path) && MatchesHeaders(headers);

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
            string value = headers[header.Name].ToString();
            if (regex is null ? value != header.Value || !headers.ContainsKey(header.Name) : !regex.IsMatch(value))
            {
                return false;
            }
        }

        return true;
    }
}
