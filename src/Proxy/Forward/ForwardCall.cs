using System.Net;
using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Records;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace MeshInsight.Proxy.Forward;

/// <summary>
/// One try on one endpoint: what the forwarder asks back while it works. It is both the forwarder's transformer and the holder of what
/// was learned; the invoker beside it sees the call leave. <see cref="UpstreamForwarder"/> lends them.
/// </summary>
internal sealed class ForwardCall : HttpTransformer
{
    private readonly TimeProvider _time;

    public ForwardCall(TimeProvider time)
    {
        _time = time;
        Invoker = new(this, time);
    }

    public Exchange Exchange { get; private set; } = null!;

    public AttemptRecord Attempt { get; private set; } = null!;

    public Deadline Deadline { get; private set; } = null!;

    public AttemptInvoker Invoker { get; }

    /// <summary>SPIFFE id that the endpoint must prove; empty: plain text.</summary>
    public string ExpectedPeer { get; set; } = "";

    /// <summary>The endpoint is no sidecar: what it says in our headers means nothing.</summary>
    public bool IsExternal { get; set; }

    /// <summary>Asked with each response head; true throws the response away, for another try.</summary>
    public Func<ForwardCall, bool>? Discard { get; set; }

    /// <summary>Whose place the request has, and since when; told when the response's head comes. Null where nothing is bounded.</summary>
    public AdmissionGate? Gate { get; set; }

    public long AdmittedAt { get; set; }

    public bool IsHeadReported { get; private set; }

    public AttemptReach Reach { get; set; } = AttemptReach.Delivered;

    public bool IsDiscarded { get; private set; }

    /// <summary>Ends when the request's body has been sent; null before it begins, and where there is none.</summary>
    public Task? RequestBody { get; set; }

    public BodyTap RequestTap => new(Exchange.Request, Exchange.IsGrpc);

    private BodyTap ResponseTap => new(Exchange.Response, Exchange.IsGrpc);

    public void Begin(Exchange exchange, AttemptRecord attempt, Deadline deadline) => (Exchange, Attempt, Deadline) = (exchange, attempt, deadline);

    /// <summary>Writes down who failed, if anybody did.</summary>
    public void Settle(ForwarderError error)
    {
        if (error == ForwarderError.None)
        {
            return;
        }

        var (context, attempt) = (Exchange.Context, Attempt);
        var failure = UpstreamFailure.First(context.GetForwarderErrorFeature()?.Exception);
        if (attempt.HeadTimestamp == 0 && failure is not null)
        {
            Reach = UpstreamFailure.Reach(failure);
        }

        attempt.Flags |= UpstreamFailure.Flags(error, failure, Deadline.IsExpired, context.RequestAborted.IsCancellationRequested, RequestBody is { IsCompletedSuccessfully: false });
        attempt.ErrorType = UpstreamFailure.ErrorType(attempt.Flags);
        if (!context.Response.HasStarted)
        {
            attempt.Status = Status(attempt.Flags);
        }
    }

    /// <summary>As new, for the next call.</summary>
    public void Reset()
    {
        (Exchange, Attempt, Deadline) = (null!, null!, null!);
        ExpectedPeer = "";
        IsExternal = false;
        Discard = null;
        (Gate, AdmittedAt) = (null, 0);
        IsHeadReported = false;
        Reach = AttemptReach.Delivered;
        IsDiscarded = false;
        RequestBody = null;
        Invoker.Pool = null;
    }

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        string target = httpContext.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        proxyRequest.RequestUri = UpstreamUri.Of(destinationPrefix, httpContext.Request, target, isRewritten: Exchange.OriginalPath is not null);
        if (Exchange.IsInbound)
        {
            ForwardedHeaders.Add(httpContext, Exchange.RemoteAddress, proxyRequest);
        }
    }

    public override ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null)
        {
            return new(false);
        }

        Attempt.HeadTimestamp = _time.GetTimestamp();
        Attempt.RoundTripNanos = _time.GetElapsedTime(Attempt.SentTimestamp, Attempt.HeadTimestamp).Ticks * 100;
        Attempt.ProtocolVersion = proxyResponse.Version.Major == 2 ? "2" : "1.1";
        Deadline.HeadArrived();
        ReadHead(proxyResponse);
        if (Gate is { } gate)
        {
            IsHeadReported = true;
            gate.HeadArrived(AdmittedAt, isSample: TellsLatency(Attempt));
        }

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
        if (Exchange.IsGrpc && GrpcStatusHeader.TryRead(proxyResponse.TrailingHeaders, out int status))
        {
            Attempt.GrpcStatus = status;
        }
    }

    private static int Status(ResponseFlags flags) =>
        (flags & ResponseFlags.ClientGone) != 0 ? 0
        : (flags & ResponseFlags.StreamIdle) != 0 ? StatusCodes.Status408RequestTimeout
        : (flags & ResponseFlags.UpstreamTimeout) != 0 ? StatusCodes.Status504GatewayTimeout
        : StatusCodes.Status503ServiceUnavailable;

    /// <summary>Whether the time until the response's head is that of the app's work: one that refuses or fails does so without it.</summary>
    public static bool TellsLatency(AttemptRecord attempt) =>
        attempt.Status is >= StatusCodes.Status200OK and < StatusCodes.Status500InternalServerError and not StatusCodes.Status429TooManyRequests && attempt.GrpcStatus <= 0;

    private async ValueTask<bool> PassOnAsync(HttpContext httpContext, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await base.TransformResponseAsync(httpContext, response, cancellationToken);
        if (Exchange.IsInbound || IsExternal)
        {
            // Only sidecars say this; from an app it would be a lie about who failed.
            httpContext.Response.Headers.Remove(LocalReply.FlagsHeader);
        }

        Attempt.ProxyNanos += Nanos(Attempt.HeadTimestamp);
        MeshTimeHeader.Tell(httpContext.Response.Headers, Exchange, Attempt);
        if (response.StatusCode == HttpStatusCode.SwitchingProtocols || HttpMethods.IsConnect(httpContext.Request.Method))
        {
            // A tunnel lives as long as its ends want. One whose time was over first must not begin, only to be cut: the client would take it for established.
            Deadline.Disarm();
            Deadline.Token.ThrowIfCancellationRequested();
            return true;
        }

        if (!Exchange.IsGrpc && response.Content.Headers.ContentLength is { } length)
        {
            Exchange.Response.AddBytes(HttpMethods.IsHead(httpContext.Request.Method) ? 0 : length);
        }
        else
        {
            response.Content = new CountingContent(response.Content, ResponseTap, httpContext.Response);
        }

        return true;
    }

    private void ReadHead(HttpResponseMessage response)
    {
        Attempt.Status = (int)response.StatusCode;
        Attempt.ServerTime = Exchange.IsInbound || IsExternal ? ServerTime.Unknown : MeshTimeHeader.Read(response.Headers);
        if (response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
        {
            Attempt.RetryAfter = RetryAfterHeader.Read(response.Headers, _time);
        }

        Attempt.IsLimitedEverywhere = response.Headers.NonValidated.Contains(RetryAfterHeader.Everywhere);
        if (Exchange.IsGrpc && GrpcStatusHeader.TryRead(response.Headers, out int status))
        {
            Attempt.GrpcStatus = status;
            Attempt.IsTrailersOnly = true;
        }

        if (!Exchange.IsInbound && !IsExternal && response.Headers.NonValidated.TryGetValues(LocalReply.FlagsHeader, out var flags))
        {
            // The sidecar on the other side could not reach its app, or has not tried: the app has not seen the request.
            string codes = flags.ToString();
            Attempt.IsShed = codes == "OM";
            Reach = codes is "UF" or "OM" ? AttemptReach.NotDelivered : Reach;
        }
    }

    private long Nanos(long since) => _time.GetElapsedTime(since).Ticks * 100;
}
