using System.Text;

namespace MeshInsight.Proxy.Authorize;

/// <summary>
/// The path as the most lenient app might read it: percent-encoded once more, backslashes as slashes, segment parameters (<c>;x</c>) gone, slashes merged, dot
/// segments resolved, dots and spaces at the end of a segment gone (as Windows has it). A policy must hold for this reading too, or <c>/public/..;/admin</c> would be a way around it.
/// </summary>
internal static class CanonicalPath
{
    /// <returns>The same text when there is nothing to tell apart, which is nearly always.</returns>
    public static string Of(string path) => IsPlain(path) ? path : Resolve(path);

    private static bool IsPlain(string path)
    {
        // A space is rare enough for all of them to take the long way.
        if (path.AsSpan().ContainsAny("%\\; ") || path.EndsWith('.') || path.Contains("./", StringComparison.Ordinal))
        {
            return false;
        }

        for (int slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0 && slash + 1 < path.Length; slash = path.IndexOf('/', slash + 1))
        {
            if (path[slash + 1] is '/' or '.')
            {
                return false;
            }
        }

        return true;
    }

    private static string Resolve(string path)
    {
        string decoded = Uri.UnescapeDataString(path).Replace('\\', '/');
        var segments = new List<string>();
        foreach (string part in decoded.Split('/'))
        {
            int parameters = part.IndexOf(';', StringComparison.Ordinal);
            string segment = parameters < 0 ? part : part[..parameters];
            if (segment == "..")
            {
                segments.RemoveRange(Math.Max(0, segments.Count - 1), Math.Min(1, segments.Count));
            }
            else if (segment.TrimEnd('.', ' ') is { Length: > 0 } name)
            {
                segments.Add(name);
            }
        }

        var text = new StringBuilder();
        foreach (string segment in segments)
        {
            text.Append('/').Append(segment);
        }

        bool isFolder = text.Length == 0 || decoded.EndsWith('/');
        return (isFolder ? text.Append('/') : text).ToString();
    }
}
