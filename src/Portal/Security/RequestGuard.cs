using MeshInsight.Portal.Settings;

namespace MeshInsight.Portal.Security;

/// <summary>
/// What must hold before anything else looks at a request. The Host header has to name this machine, or a page elsewhere could rebind its own
/// name to 127.0.0.1 and read the portal. Whatever is not a plain read, circuits (WebSockets) included, has to come from our own origin.
/// </summary>
internal sealed class RequestGuard(RequestDelegate next, PortalSettings settings)
{
    private static readonly string[] Loopback = ["localhost", "127.0.0.1", "[::1]"];

    private readonly HashSet<string> _hosts = new([.. Loopback, .. settings.Hosts], StringComparer.OrdinalIgnoreCase);

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (!_hosts.Contains(request.Host.Host))
        {
            return RefuseAsync(context, StatusCodes.Status400BadRequest,
                "This host name is not one the portal answers to. Use localhost or 127.0.0.1, or name the host in MESH_PORTAL_HOSTS.");
        }

        if (IsChange(request) && !IsOwnOrigin(request))
        {
            return RefuseAsync(context, StatusCodes.Status403Forbidden, "The request comes from another origin than the portal's own.");
        }

        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        return next(context);
    }

    private static bool IsChange(HttpRequest request) =>
        !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) || request.HttpContext.WebSockets.IsWebSocketRequest
        || request.Headers.Upgrade.Count > 0 || HttpMethods.IsConnect(request.Method);

    /// <summary>Browsers send Origin with every such request; a tool that sends none holds no cookie of ours either.</summary>
    private static bool IsOwnOrigin(HttpRequest request) =>
        request.Headers.Origin is not [{ Length: > 0 } origin]
        || (Uri.TryCreate(origin, UriKind.Absolute, out var from) && from.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase))
        || (Uri.TryCreate(origin, UriKind.Absolute, out from) && HostString.FromUriComponent(from) == request.Host);

    private static Task RefuseAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(reason + "\n");
    }
}
