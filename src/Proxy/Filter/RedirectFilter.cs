using System.Globalization;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Filter;

/// <summary>Sends a client elsewhere.</summary>
internal static class RedirectFilter
{
    private const int HttpPort = 80;
    private const int HttpsPort = 443;

    /// <param name="prefix">What the rule's match took of the path.</param>
    public static void Write(RedirectConfig redirect, HttpContext context, string prefix)
    {
        var response = context.Response;
        response.StatusCode = redirect.Status;
        response.Headers.Location = Location(redirect, context.Request, prefix);
        response.ContentLength = 0;
    }

    /// <summary>
    /// Where to: what the filter does not say stays as the request has it. A port that is the scheme's own is left out. Without a port, a scheme given means that
    /// scheme's, else the one the request came for (the Gateway API's "listener port"; a mesh has the Service's in its place).
    /// </summary>
    public static string Location(RedirectConfig redirect, HttpRequest request, string prefix)
    {
        string scheme = redirect.Scheme.Length > 0 ? redirect.Scheme : request.Scheme;
        string host = redirect.Hostname.Length > 0 ? redirect.Hostname : request.Host.Host;
        int own = scheme == "https" ? HttpsPort : HttpPort;
        int port = redirect.Port > 0 ? redirect.Port : redirect.Scheme.Length > 0 ? own : request.Host.Port ?? own;
        string authority = port == own ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
        var path = new PathString(PathFilter.Apply(redirect.Path, request.Path.Value ?? "", prefix));
        return $"{scheme}://{authority}{path.ToUriComponent()}{request.QueryString.Value}";
    }
}
