namespace MeshInsight.Proxy.Forward;

/// <summary>What the app behind an inbound sidecar cannot see any more: who connected, and what they asked for. Kept when an earlier proxy said it.</summary>
internal static class ForwardedHeaders
{
    private const string For = "X-Forwarded-For";
    private const string Host = "X-Forwarded-Host";
    private const string Proto = "X-Forwarded-Proto";

    /// <param name="remoteAddress">Who connected, as text; empty when not known.</param>
    public static void Add(HttpContext context, string remoteAddress, HttpRequestMessage request)
    {
        var came = context.Request.Headers;
        if (remoteAddress.Length > 0)
        {
            // Appends: the header lists every hop.
            request.Headers.TryAddWithoutValidation(For, remoteAddress);
        }

        if (!came.ContainsKey(Proto))
        {
            request.Headers.TryAddWithoutValidation(Proto, context.Request.Scheme);
        }

        if (!came.ContainsKey(Host) && context.Request.Host.HasValue)
        {
            request.Headers.TryAddWithoutValidation(Host, context.Request.Host.Value);
        }
    }
}
