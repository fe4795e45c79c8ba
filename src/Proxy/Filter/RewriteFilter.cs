using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Filter;

/// <summary>Gives a request another host or path before it is forwarded.</summary>
internal static class RewriteFilter
{
    /// <param name="prefix">What the rule's match took of the path.</param>
    public static void Apply(RewriteConfig rewrite, HttpRequest request, string prefix)
    {
        if (rewrite.Hostname.Length > 0)
        {
            request.Host = new(rewrite.Hostname);
        }

        if (rewrite.Path.Kind != PathChangeKind.Keep)
        {
            request.Path = PathFilter.Apply(rewrite.Path, request.Path.Value ?? "", prefix);
        }
    }
}
