namespace MeshInsight.Proxy.Accept;

/// <summary>
/// Refuses HTTP/1.1 requests that another parser may read differently (RFC 9112 sections 6.1 and 11.2), where Kestrel would settle it by itself: a length beside a transfer
/// coding, and codings other than chunked, which we would take off without decoding them. Envoy's statuses.
/// </summary>
internal static class MessageFraming
{
    // What Kestrel makes of a Content-Length that came with Transfer-Encoding. A client that says it itself, with chunks, is refused too.
    private const string SetAside = "X-Content-Length";

    /// <returns>False when the request was answered.</returns>
    public static bool Check(HttpContext context)
    {
        var headers = context.Request.Headers;
        return headers.TransferEncoding.Count == 0
            || (headers.ContainsKey(SetAside) ? Refuse(context, StatusCodes.Status400BadRequest)
                : headers.TransferEncoding is not [var coding] || !"chunked".Equals(coding, StringComparison.OrdinalIgnoreCase) ? Refuse(context, StatusCodes.Status501NotImplemented)
                : true);
    }

    private static bool Refuse(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.Connection = "close";
        return false;
    }
}
