using MeshInsight.Proxy.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MeshInsight.Client.Outbound;

/// <summary>
/// One call of the app, as the request that a sidecar's listener would have read and the response that it would have written, without sockets or bytes between
/// (docs/decisions/0150). The path runs on after the head was handed to the app, until the body's end.
/// </summary>
internal static class InMemoryCall
{
    /// <returns>When the response's head is there.</returns>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    /// <exception cref="HttpRequestException">The request's body could not be read to its end.</exception>
    public static async Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, Uri uri, OutboundPath path, CancellationToken cancellationToken)
    {
        var body = RequestBody.Of(message.Content);
        var response = new ResponseEnd(message);
        var head = response.Head;
        await using var given = cancellationToken.UnsafeRegister(static (end, token) => ((ResponseEnd)end!).GiveUp(token), response);
        var tunnel = Tunnel.Of(message, response);
        _ = FollowAsync(path, Context(RequestHeads.Read(message, uri, body ?? Stream.Null), body, response, tunnel), body, response, tunnel);
        return await head;
    }

    private static async Task FollowAsync(OutboundPath path, HttpContext context, RequestBody? body, ResponseEnd response, Tunnel? tunnel)
    {
        using var responding = response;
        using var tunnelled = tunnel;
        await using var reading = body;
        Exception? failure = null;
        try
        {
            await path.RunAsync(context);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // What went wrong is told by whom the app waits for: the head, or the body's next read.
            failure = e;
        }

        await response.EndAsync(body?.Failure is { } unread ? new HttpRequestException("The request's content could not be sent.", unread) : failure);
    }

    private static DefaultHttpContext Context(IHttpRequestFeature request, RequestBody? body, ResponseEnd response, Tunnel? tunnel)
    {
        var features = new FeatureCollection(initialCapacity: 8);
        features.Set(request);
        features.Set<IHttpRequestBodyDetectionFeature>(new BodyDetection(body is not null));
        features.Set<IHttpResponseFeature>(response);
        features.Set<IHttpResponseBodyFeature>(response);
        features.Set<IHttpResponseTrailersFeature>(response);
        features.Set<IHttpRequestLifetimeFeature>(response);
        if (tunnel is not null)
        {
            features.Set<IHttpUpgradeFeature>(tunnel);
        }

        return new(features);
    }

    private sealed class BodyDetection(bool canHaveBody) : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => canHaveBody;
    }
}
