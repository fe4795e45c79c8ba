using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Authorize;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Observe;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Refuse;

namespace MeshInsight.Proxy.Http;

/// <summary>
/// From sidecars to hosts outside the mesh, in a gateway: only for who has proved to be of the mesh and passes the gateway's policies, and only to hosts that are
/// declared to be called through this gateway. Else it would be an open proxy.
/// </summary>
internal sealed class EgressPath(CurrentRoutes routes, CurrentPolicy policy, OutboundPath outbound, OutboundRefusal refusal, RequestObserver observer, TimeProvider time)
{
    public Task RunAsync(HttpContext context)
    {
        var request = context.Request;
        var peer = context.Features.Get<ListenerSideFeature>()?.Peer;
        var exchange = observer.BeginOutbound(context);
        MeshHeaders.Strip(request.Headers);
        var (status, decision) = peer is null ? Unproved(exchange) : policy.Policy.Decide(context, peer, time, exchange.Why?.Adding("policy"));
        exchange.PolicyNote = decision.Note;
        return status == 0
            ? outbound.ServeAsync(exchange, routes.Table.Gateway.MatchExternal(Authority.Host(request.Host.Value), RequestHead.Of(request, exchange.IsGrpc)))
            : RefuseAsync(exchange, status, decision);
    }

    private static (int Status, PolicyDecision Decision) Unproved(Exchange exchange)
    {
        const string reason = "this gateway takes mutual TLS only";
        exchange.Why?.Add("policy", reason);
        return (StatusCodes.Status403Forbidden, new(reason, ""));
    }

    private async Task RefuseAsync(Exchange exchange, int status, PolicyDecision decision)
    {
        await refusal.WriteAsync(exchange, status, ResponseFlags.Denied, decision.Refusal + " (UAEX)");
        observer.End(exchange);
    }
}
