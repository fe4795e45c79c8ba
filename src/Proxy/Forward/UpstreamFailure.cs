using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Records;
using Yarp.ReverseProxy.Forwarder;

namespace MeshInsight.Proxy.Forward;

/// <summary>Who failed, client or upstream, and how far the request had come, from what the forwarder and the transport say.</summary>
internal static class UpstreamFailure
{
    // RFC 9113 section 7: nothing was processed.
    private const long RefusedStream = 7;

    /// <summary>The forwarder bundles what the transport said with what became of the request's body; the transport comes first.</summary>
    public static Exception? First(Exception? failure) => failure is AggregateException { InnerExceptions: [var first, ..] } ? first : failure;

    public static AttemptReach Reach(Exception failure) => IsConnectFailure(failure) || IsRefusedStream(failure) ? AttemptReach.NotDelivered : AttemptReach.Delivered;

    public static ResponseFlags Flags(ForwarderError error, Exception? failure, bool isDeadline, bool isClientGone, bool isBodyStalled)
    {
        // A response that breaks off within its body is passed on as such: the forwarder aborts our side of it, and from then on the client looks gone.
        isClientGone &= error != ForwarderError.ResponseBodyDestination && !(error == ForwarderError.ResponseBodyCanceled && isDeadline);

        // A client that gave up looks like an upstream that was cut off, so it is asked first.
        if (isClientGone)
        {
            return ResponseFlags.ClientGone;
        }

        if (isDeadline)
        {
            return ResponseFlags.UpstreamTimeout;
        }

        return error switch
        {
            // Its own clock ran out, not the client's connection: the forwarder says so in two ways, by whether the transport has heard of the body's end.
            ForwarderError.RequestTimedOut when isBodyStalled => ResponseFlags.StreamIdle,
            ForwarderError.RequestBodyClient when failure is OperationCanceledException => ResponseFlags.StreamIdle,
            ForwarderError.RequestTimedOut => ResponseFlags.UpstreamTimeout,
            ForwarderError.RequestBodyClient or ForwarderError.ResponseBodyClient or ForwarderError.UpgradeRequestClient or ForwarderError.UpgradeResponseClient
                => ResponseFlags.ClientGone,
            ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.ResponseBodyCanceled
                or ForwarderError.UpgradeRequestCanceled or ForwarderError.UpgradeResponseCanceled => ResponseFlags.LocalReset,
            _ when failure is not null && IsConnectFailure(failure) => ResponseFlags.UpstreamConnectFailure,
            _ when failure is not null && IsReset(failure) => ResponseFlags.UpstreamReset,
            _ => ResponseFlags.UpstreamClosed,
        };
    }

    /// <summary>OpenTelemetry <c>error.type</c>; empty when nobody is to blame.</summary>
    public static string ErrorType(ResponseFlags flags) =>
        (flags & ResponseFlags.UpstreamTimeout) != 0 ? "timeout"
        : (flags & ResponseFlags.UpstreamConnectFailure) != 0 ? "connection_error"
        : (flags & ResponseFlags.UpstreamReset) != 0 ? "stream_reset"
        : (flags & ResponseFlags.UpstreamClosed) != 0 ? "connection_closed"
        : (flags & ResponseFlags.LocalReset) != 0 ? "local_reset"
        : "";

    private static bool IsConnectFailure(Exception failure) => failure is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
            or HttpRequestError.VersionNegotiationError or HttpRequestError.ProxyTunnelError,
    };

    private static bool IsRefusedStream(Exception failure) => Protocol(failure) is { ErrorCode: RefusedStream };

    private static bool IsReset(Exception failure) => Protocol(failure) is not null;

    private static HttpProtocolException? Protocol(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
        {
            if (failure is HttpProtocolException protocol)
            {
                return protocol;
            }
        }

        return null;
    }
}
