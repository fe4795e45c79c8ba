using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Filter;

/// <summary>New paths by a rule's <c>path</c> modifier.</summary>
internal static class PathFilter
{
    /// <param name="prefix">What the rule's match took of the path: empty, or "/elements" without a slash at its end.</param>
    /// <remarks>
    /// Gateway API, HTTPPathModifier: a slash at the end of either prefix counts for nothing, what follows the prefix stays as it is, and a path is never empty.
    /// </remarks>
    public static string Apply(PathChange change, string path, string prefix) => change.Kind switch
    {
        PathChangeKind.ReplaceFullPath => change.Value.Length > 0 ? change.Value : "/",
        PathChangeKind.ReplacePrefixMatch when path.StartsWith(prefix, StringComparison.Ordinal) => ReplacePrefix(change.Value.AsSpan().TrimEnd('/'), path.AsSpan(prefix.Length)),
        _ => path,
    };

    private static string ReplacePrefix(ReadOnlySpan<char> prefix, ReadOnlySpan<char> rest) => prefix.IsEmpty && rest.IsEmpty ? "/" : string.Concat(prefix, rest);
}
