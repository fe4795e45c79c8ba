using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Records;
using Microsoft.Extensions.ObjectPool;
using Yarp.ReverseProxy.Forwarder;

namespace MeshInsight.Proxy.Forward;

/// <summary>Sends one try with YARP's forwarder and says what became of it. The try's outcome is in <see cref="ForwardCall.Attempt"/>.</summary>
internal sealed class UpstreamForwarder(IHttpForwarder forwarder, UpstreamPools pools, TimeProvider time)
{
    private const int MaxUnused = 1024;

    private readonly DefaultObjectPool<ForwardCall> _unused = new(new CallPolicy(time), MaxUnused);

    /// <summary>A call to be sent, and given back by <see cref="Return"/>.</summary>
    public ForwardCall Begin(Exchange exchange, AttemptRecord attempt, Deadline deadline)
    {
        var call = _unused.Get();
        call.Begin(exchange, attempt, deadline);
        return call;
    }

    /// <param name="prefix"><c>http://host:port</c>.</param>
    /// <returns>For <see cref="ForwardCall.Settle"/>. Two steps and not one, so that the caller's state machine is the only one of a request.</returns>
    public ValueTask<ForwarderError> SendAsync(ForwardCall call, string prefix, UpstreamProtocol protocol)
    {
        var exchange = call.Exchange;
        exchange.Request.Reset();
        exchange.Response.Reset();
        bool isSecured = call.ExpectedPeer.Length > 0 && pools.CanSecure;
        if (isSecured)
        {
            pools.Expect(prefix, call.ExpectedPeer);
            call.Attempt.PeerPrincipal = call.ExpectedPeer;
            protocol = SecuredProtocol(exchange, protocol);
        }

        call.Invoker.Pool = call.IsExternal ? pools.External : pools.Invoker(protocol, isSecured, exchange.IsInbound ? PriorityClass.Unset : exchange.Priority);
        return forwarder.SendAsync(exchange.Context, prefix, call.Invoker, pools.Config(protocol), call, call.Deadline.Token);
    }

    /// <summary>After a failure something of the call may still be on its way; such a call is not used again.</summary>
    public void Return(ForwardCall call)
    {
        if (call.Attempt.ErrorType.Length == 0 && call.Attempt.Flags == ResponseFlags.None)
        {
            _unused.Return(call);
        }
    }

    /// <summary>Whether a request to endpoints like these goes over a connection that others use at the same time.</summary>
    /// <param name="canProve">The endpoints can prove who they are.</param>
    public bool SharesConnections(Exchange exchange, UpstreamProtocol protocol, bool canProve) =>
        (canProve && pools.CanSecure ? SecuredProtocol(exchange, protocol) : protocol) == UpstreamProtocol.Http2;

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

    private sealed class CallPolicy(TimeProvider time) : PooledObjectPolicy<ForwardCall>
    {
        public override ForwardCall Create() => new(time);

        public override bool Return(ForwardCall obj)
        {
            obj.Reset();
            return true;
        }
    }
}
