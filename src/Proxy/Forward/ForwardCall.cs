using System.Net;
using MeshInsight.Proxy.Observe;
using MeshInsight.Proxy.Protect;
using Yarp.ReverseProxy.Forwarder;

namespace MeshInsight.Proxy.Forward;

/// <summary>
/// One try on one endpoint: what the forwarder asks back while it works. It is both the forwarder's transformer and the holder of what
/// was learned; the invoker beside it sees the call leave and return.
/// </summary>
internal sealed class ForwardCall(Exchange exchange, AttemptRecord attempt, Deadline deadline, TimeProvider time) : HttpTransformer
{
    public Exchange Exchange => exchange;

    public AttemptRecord Attempt => attempt;

    /// <summary>SPIFFE id that the endpoint must prove; empty: plain text.</summary>
    public string ExpectedPeer { get; init; } = "";

    /// <summary>Asked with each response head; true throws the response away, for another try.</summary>
    public Func<ForwardCall, bool>? Discard { get; init; }

    public AttemptReach Reach { get; set; } = AttemptReach.Delivered;

    public bool IsDiscarded { get; private set; }

    /// <summary>What the transport said, when it failed before a response head.</summary>
    public Exception? SendFailure { get; set; }

    public BodyTap RequestTap => new(exchange.Request, exchange.IsGrpc);

    private BodyTap ResponseTap => new(exchange.Response, exchange.IsGrpc);

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        if (exchange.IsInbound)
        {
            ForwardedHeaders.Add(httpContext, proxyRequest);
        }
    }

    public override ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null)
        {
            return new(false);
        }

        deadline.HeadArrived();
        ReadHead(proxyResponse);
        if (Discard is { } discard && discard(this))
        {
            IsDiscarded = true;
            return new(false);
        }

        return PassOnAsync(httpContext, proxyResponse, cancellationToken);
    }

    public override async ValueTask TransformResponseTrailersAsync(HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
    {
        await base.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);
        if (exchange.IsGrpc && GrpcStatusHeader.TryRead(proxyResponse.TrailingHeaders, out int status))
        {
            attempt.GrpcStatus = status;
        }
    }

    private async ValueTask<bool> PassOnAsync(HttpContext httpContext, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await base.TransformResponseAsync(httpContext, response, cancellationToken);
        if (exchange.IsInbound)
        {
            // Only sidecars say this; from an app it would be a lie about who failed.
            httpContext.Response.Headers.Remove(LocalReply.FlagsHeader);
        }

        attempt.ProxyNanos += Nanos(attempt.HeadTimestamp);
        TellTime(httpContext.Response.Headers);
        if (response.StatusCode == HttpStatusCode.SwitchingProtocols || HttpMethods.IsConnect(httpContext.Request.Method))
        {
            // A tunnel lives as long as its ends want.
            deadline.Disarm();
            return true;
        }

        if (!exchange.IsGrpc && response.Content.Headers.ContentLength is { } length)
        {
            exchange.Response.AddBytes(HttpMethods.IsHead(httpContext.Request.Method) ? 0 : length);
        }
        else
        {
            response.Content = new CountingContent(response.Content, ResponseTap, httpContext.Response);
        }

        return true;
    }

    private void ReadHead(HttpResponseMessage response)
    {
        attempt.Status = (int)response.StatusCode;
        attempt.ServerTime = exchange.IsInbound ? ServerTime.Unknown : MeshTimeHeader.Read(response.Headers);
        if (response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
        {
            attempt.RetryAfter = RetryAfterHeader.Read(response.Headers, time);
        }

        if (exchange.IsGrpc && GrpcStatusHeader.TryRead(response.Headers, out int status))
        {
            attempt.GrpcStatus = status;
            attempt.IsTrailersOnly = true;
        }

        // The sidecar on the other side could not reach its app, so the app has not seen the request.
        if (!exchange.IsInbound && response.Headers.NonValidated.TryGetValues(LocalReply.FlagsHeader, out var flags) && flags.ToString() == "UF")
        {
            Reach = AttemptReach.NotDelivered;
        }
    }

    // To the caller's sidecar only. What comes from an app under that name is not ours either way.
    private void TellTime(IHeaderDictionary headers)
    {
        if (exchange is { IsInbound: true, IsFromSidecar: true })
        {
            headers[MeshTimeHeader.Name] = MeshTimeHeader.Format(attempt.ProxyNanos + attempt.RoundTripNanos, attempt.RoundTripNanos);
        }
        else
        {
            headers.Remove(MeshTimeHeader.Name);
        }
    }

    private long Nanos(long since) => time.GetElapsedTime(since).Ticks * 100;
}
