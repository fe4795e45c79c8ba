using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Capture;
using MeshInsight.Proxy.Classify;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Observe;
using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Refuse;
using MeshInsight.Proxy.Settings;

namespace MeshInsight.Proxy.Http;

/// <summary>
/// Captured requests of the app (docs/decisions/0151): by the name they are sent to, else by where their connection was going; and what is the mesh's by neither is
/// passed on to there, once and without limits, as it would have gone. Istio's PassthroughCluster.
/// </summary>
internal sealed class CapturePath(ProxyOptions options, CurrentRoutes routes, OutboundPath outbound, UpstreamForwarder forwarder, OutboundRefusal refusal, RequestObserver observer)
{
    public Task RunAsync(HttpContext context)
    {
        var exchange = observer.BeginOutbound(context);
        MeshHeaders.Strip(context.Request.Headers);
        var table = routes.Table;
        if (table.Knows(Authority.Service(context.Request.Host.Value)))
        {
            return outbound.ServeAsync(exchange, table.Match(RequestHead.Of(context.Request, exchange.IsGrpc)));
        }

        var destination = context.Features.Get<OriginalDestination>()!;
        // Called by plain address: the port is the app's, of which routes know nothing.
        return table.ServiceAt(destination.Address) is { } service
            ? outbound.ServeAsync(exchange, table.Match(RequestHead.Of(context.Request, exchange.IsGrpc, service) with { Port = 0 }))
            : PassOnAsync(exchange, destination.Address.ToString());
    }

    private async Task PassOnAsync(Exchange exchange, string address)
    {
        try
        {
            exchange.Peer = Workload.Passthrough;
            exchange.Service = exchange.Peer.Service;
            // Classes are the mesh's own, and the proof that came with one is between the app and this sidecar.
            exchange.Priority = PriorityClass.Unset;
            Classifier.Set(exchange.Context.Request.Headers, PriorityClass.Unset);
            if (options.AllowsUnknown)
            {
                await ForwardAsync(exchange, address);
            }
            else
            {
                string reason = $"{exchange.Context.Request.Host.Value} is no service of the mesh, and MESH_OUTBOUND_POLICY is REGISTRY_ONLY (NR)";
                await refusal.WriteAsync(exchange, StatusCodes.Status502BadGateway, ResponseFlags.NoRoute, reason);
            }
        }
        finally
        {
            observer.End(exchange);
        }

        observer.Release(exchange);
    }

    private async Task ForwardAsync(Exchange exchange, string address)
    {
        var context = exchange.Context;
        var call = forwarder.Begin(exchange, observer.BeginAttempt(exchange, exchange.Peer, address), Deadline.None);
        var protocol = UpstreamForwarder.Choose(context, exchange.IsGrpc, HttpProtocol.IsHttp2(context.Request.Protocol));
        call.Settle(await forwarder.SendAsync(call, "http://" + address, protocol));
        observer.EndAttempt(exchange, call.Attempt);
        await FailedTry.AnswerAsync(exchange, call.Attempt, address);
        forwarder.Return(call);
    }
}
