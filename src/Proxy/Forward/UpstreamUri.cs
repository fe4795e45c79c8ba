namespace MeshInsight.Proxy.Forward;

/// <summary>
/// The address of an upstream request with its path as the client wrote it: decoding and encoding again would not bring it back (<c>%2f</c> and <c>%252f</c> become the
/// same). Only dot segments are resolved, as the listener has done, so that the app sees the path that was matched and judged.
/// </summary>
internal static class UpstreamUri
{
    // Else System.Uri would decode and resolve once more.
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <param name="prefix"><c>http://host:port</c>.</param>
    /// <param name="rawTarget">The request line's target; empty when there is none.</param>
    /// <param name="isRewritten">A route has changed the path: what was written does not count any more.</param>
    public static Uri Of(string prefix, HttpRequest request, string rawTarget, bool isRewritten)
    {
        var path = RawPath(rawTarget);
        return new(path.IsEmpty || isRewritten || HasDotSegment(path)
            ? string.Concat(prefix, request.Path.ToUriComponent(), request.QueryString.Value)
            : string.Concat(prefix, path, request.QueryString.Value), AsWritten);
    }

    // Of origin-form and absolute-form (RFC 9112 section 3.2); others have no path.
    private static ReadOnlySpan<char> RawPath(string target)
    {
        var rest = target.AsSpan();
        if (rest is not ['/', ..])
        {
            int authority = rest.IndexOf("://", StringComparison.Ordinal);
            int slash = authority < 0 ? -1 : rest[(authority + 3)..].IndexOf('/');
            if (slash < 0)
            {
                return default;
            }

            rest = rest[(authority + 3 + slash)..];
        }

        int end = rest.IndexOfAny('?', '#');
        return end < 0 ? rest : rest[..end];
    }

    private static bool HasDotSegment(ReadOnlySpan<char> path) =>
        path.Contains("/.", StringComparison.Ordinal) || path.Contains("/%2e", StringComparison.OrdinalIgnoreCase);
}
