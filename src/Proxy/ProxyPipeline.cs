using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Edge;
using MeshInsight.Proxy.Http;

namespace MeshInsight.Proxy;

/// <summary>
/// The path of every request, in order:
/// <list type="number">
/// <item>Accept: a listener for HTTP/1.1 and h2c alike says which side the request came in on. Where connections are captured, Capture decides before it whether they are HTTP at all.</item>
/// <item>Observe opens the request's book first, so that what the next stages do is timed and refusals leave a trace too.</item>
/// <item>Edge, in a gateway: what a client outside says of itself is replaced by what we know.</item>
/// <item>Match: authority and head → route → cluster, by the table of the snapshot in force when the request came.</item>
/// <item>Authorize and Limit, inbound: who may call, and how often; refusals end here.</item>
/// <item>Fault, outbound: failures on purpose, before anything upstream has a part in them.</item>
/// <item>Filter: headers, path and host as the route asks; a redirect ends here.</item>
/// <item>Mirror: copies of the request leave, if the route asks for some, and nobody waits for them.</item>
/// <item>Classify: how much the request matters, by what the mesh said before or by its route; what outsiders say counts only downwards.</item>
/// <item>Protect, before the app: room for it, or a place among those who wait, by class; after policies and limits, so that nobody waits who may not pass.</item>
/// <item>Protect, before other services: deadline and retry rules around all tries; outside Balance, so that a retry picks again.</item>
/// <item>Balance: an endpoint of the cluster, as late as possible, when loads are freshest.</item>
/// <item>Forward: head, body and trailers both ways, and who failed.</item>
/// <item>Observe closes the book: span, metrics, log.</item>
/// </list>
/// Health and Snapshots run beside it: they change what Match and Balance know, never a request on its way.
/// The folder Http has one path per side that a request may come in on, and its tries; Tcp the same for connections whose bytes are relayed as they are.
/// </summary>
internal sealed class ProxyPipeline(InboundPath inbound, OutboundPath outbound, CapturePath captured, EdgePath edge, EgressPath? egress, AdminPages admin, DrainState drain)
{
    public Task RunAsync(HttpContext context)
    {
        if (!MessageFraming.Check(context))
        {
            return Task.CompletedTask;
        }

        var side = context.Features.Get<ListenerSideFeature>()?.Side;
        if (drain.IsDraining && side is ListenerSide.Inbound or ListenerSide.CapturedInbound or ListenerSide.Gateway && HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            // So that a client makes its next request elsewhere, rather than meet a connection that is about to close. HTTP/2 is told by GOAWAY.
            context.Response.Headers.Connection = "close";
        }

        return RunAsync(side, context);
    }

    private Task RunAsync(ListenerSide? side, HttpContext context) => side switch
    {
        ListenerSide.Inbound or ListenerSide.CapturedInbound => egress is null ? inbound.RunAsync(context) : egress.RunAsync(context),
        ListenerSide.Outbound => outbound.RunAsync(context),
        ListenerSide.CapturedOutbound => captured.RunAsync(context),
        ListenerSide.Gateway => edge.RunAsync(context),
        _ => admin.RunAsync(context),
    };
}
