using MeshInsight.Proxy.Observe;
using MeshInsight.Proxy.Protect;
using Yarp.ReverseProxy.Forwarder;

namespace MeshInsight.Proxy.Forward;

/// <summary>Sends one try with YARP's forwarder and says what became of it. The try's outcome is in <see cref="ForwardCall.Attempt"/>.</summary>
internal sealed class UpstreamForwarder(IHttpForwarder forwarder, UpstreamPools pools, TimeProvider time)
{
    /// <param name="prefix"><c>http://host:port</c>.</param>
    public async Task SendAsync(ForwardCall call, string prefix, UpstreamProtocol protocol, Deadline deadline)
    {
        var (exchange, attempt) = (call.Exchange, call.Attempt);
        exchange.Request.Reset();
        exchange.Response.Reset();
        bool isSecured = call.ExpectedPeer.Length > 0 && pools.CanSecure;
        attempt.PeerPrincipal = isSecured ? call.ExpectedPeer : "";
        protocol = isSecured ? SecuredProtocol(exchange, protocol) : protocol;
        using var invoker = new AttemptInvoker(pools.Handler(protocol, isSecured), call, time);
        var error = await forwarder.SendAsync(exchange.Context, prefix, invoker, pools.Config(protocol), call, deadline.Token);
        if (error == ForwarderError.None)
        {
            return;
        }

        var failure = call.SendFailure ?? exchange.Context.GetForwarderErrorFeature()?.Exception;
        attempt.Flags |= UpstreamFailure.Flags(error, failure, deadline.IsExpired, exchange.Context.RequestAborted.IsCancellationRequested);
        attempt.ErrorType = UpstreamFailure.ErrorType(attempt.Flags);
        if (!exchange.Context.Response.HasStarted)
        {
            attempt.Status = Status(attempt.Flags);
        }
    }

    /// <summary>A tunnel cannot be upgraded to on h2c by our upstreams, and gRPC does not exist without HTTP/2; else the cluster's own.</summary>
    public static UpstreamProtocol Choose(HttpContext context, bool isGrpc, bool prefersHttp2) =>
        IsUpgrade(context) ? UpstreamProtocol.Http1 : isGrpc || prefersHttp2 ? UpstreamProtocol.Http2 : UpstreamProtocol.Http1;

    // Giving up a request on HTTP/1.1 closes its connection, and the next one begins with a handshake: under overload those would be most of the work. A stream of
    // HTTP/2 is given up alone. What only looks like gRPC stays as it came, or the other side would take it for that.
    private static UpstreamProtocol SecuredProtocol(Exchange exchange, UpstreamProtocol protocol) =>
        IsUpgrade(exchange.Context) || (!exchange.IsGrpc && exchange.Context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true)
            ? protocol
            : UpstreamProtocol.Http2;

    private static bool IsUpgrade(HttpContext context) =>
        context.Request.Headers.Upgrade.Count > 0 || HttpMethods.IsConnect(context.Request.Method);

    private static int Status(ResponseFlags flags) =>
        (flags & ResponseFlags.ClientGone) != 0 ? 0
        : (flags & ResponseFlags.UpstreamTimeout) != 0 ? StatusCodes.Status504GatewayTimeout
        : StatusCodes.Status503ServiceUnavailable;
}
