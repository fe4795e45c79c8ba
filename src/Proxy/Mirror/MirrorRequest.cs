using Microsoft.AspNetCore.Http.Features;

namespace MeshInsight.Proxy.Mirror;

/// <summary>A request of its own that asks the same. It outlives the original, whose context is used again by its connection's next request.</summary>
internal static class MirrorRequest
{
    /// <param name="body">Null when the original cannot have one.</param>
    public static HttpContext Copy(HttpRequest original, Stream? body)
    {
        var context = new DefaultHttpContext();
        var request = context.Request;
        (request.Method, request.Scheme, request.Protocol) = (original.Method, original.Scheme, original.Protocol);
        (request.PathBase, request.Path, request.QueryString) = (original.PathBase, original.Path, original.QueryString);
        foreach (var (name, values) in original.Headers)
        {
            if (!IsOfTheOriginal(name))
            {
                request.Headers[name] = values;
            }
        }

        context.Features.Set<IHttpRequestBodyDetectionFeature>(new BodyDetection(body is not null));
        request.Body = body ?? Stream.Null;
        return context;
    }

    // A copy is no part of what the client waits for, so it has a trace of its own; and nobody waits to be told to go on.
    private static bool IsOfTheOriginal(string name) =>
        name.Equals("traceparent", StringComparison.OrdinalIgnoreCase) || name.Equals("tracestate", StringComparison.OrdinalIgnoreCase)
        || name.Equals("b3", StringComparison.OrdinalIgnoreCase) || name.StartsWith("x-b3-", StringComparison.OrdinalIgnoreCase)
        || name.Equals("expect", StringComparison.OrdinalIgnoreCase);

    private sealed class BodyDetection(bool canHaveBody) : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => canHaveBody;
    }
}
