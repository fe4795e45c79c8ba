using System.Text;

namespace MeshInsight.Proxy.Edge;

/// <summary>
/// Paths as Envoy's edge takes them: dot segments resolved, backslashes as slashes, slashes merged, so that routes and policies see what the app will. A path with an
/// escaped slash is unescaped and the client sent there (<c>UNESCAPE_AND_REDIRECT</c>): what was one element to the client would be two to the app.
/// </summary>
internal static class EdgePaths
{
    /// <param name="rawTarget">The request's target as it was sent.</param>
    public static bool HasEscapedSlash(ReadOnlySpan<char> rawTarget)
    {
        int query = rawTarget.IndexOf('?');
        var path = query < 0 ? rawTarget : rawTarget[..query];
        return path.Contains("%2f", StringComparison.OrdinalIgnoreCase) || path.Contains("%5c", StringComparison.OrdinalIgnoreCase);
    }

    /// <param name="path">Decoded by the server, but for slashes.</param>
    /// <returns>The same text when there is nothing to change.</returns>
    public static string Normalize(string path) =>
        path.AsSpan().Contains('\\') || path.Contains("//", StringComparison.Ordinal) || path.Contains("%2f", StringComparison.OrdinalIgnoreCase) ? Resolve(path) : path;

    private static string Resolve(string path)
    {
        path = path.Replace("%2f", "/", StringComparison.OrdinalIgnoreCase).Replace('\\', '/');
        var kept = new List<string>();
        foreach (string element in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (element == "..")
            {
                kept.RemoveRange(Math.Max(0, kept.Count - 1), Math.Min(1, kept.Count));
            }
            else if (element != ".")
            {
                kept.Add(element);
            }
        }

        var text = new StringBuilder();
        kept.ForEach(e => text.Append('/').Append(e));
        bool isFolder = text.Length == 0 || path.EndsWith('/') || path.EndsWith("/.", StringComparison.Ordinal) || path.EndsWith("/..", StringComparison.Ordinal);
        return (isFolder ? text.Append('/') : text).ToString();
    }
}
