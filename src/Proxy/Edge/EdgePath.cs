using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Http;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Observe;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Refuse;
using Microsoft.AspNetCore.Http.Features;

namespace MeshInsight.Proxy.Edge;

/// <summary>From outside to services of the mesh: what a client says of itself is replaced by what we know, then the request goes the way of any caller's.</summary>
internal sealed class EdgePath(CurrentRoutes routes, OutboundPath outbound, OutboundRefusal refusal, RequestObserver observer, Func<int, string?> altSvc)
{
    public Task RunAsync(HttpContext context)
    {
        var edge = context.Features.Get<EdgeFeature>()!;
        var request = context.Request;
        if (edge.Listener is { Http3: true } && altSvc(edge.Port) is { } advertised)
        {
            Advertise(context.Response, advertised);
        }

        string? whyKey = observer.WhyKeyOf(request.Headers);
        MeshHeaders.StripAll(request.Headers);
        EdgeHeaders.Replace(request.Headers, context.Features.Get<ListenerSideFeature>()!.RemoteAddress, edge.IsTls);
        // What HTTP/2 clients say here is not bound to be true.
        request.Scheme = edge.IsTls ? "https" : "http";
        var exchange = observer.BeginOutbound(context, whyKey);
        string path = request.Path.Value ?? "";
        string normalized = EdgePaths.Normalize(path);
        if (EdgePaths.HasEscapedSlash(context.Features.Get<IHttpRequestFeature>()!.RawTarget))
        {
            outbound.Redirect(exchange, new("", "", new(PathChangeKind.ReplaceFullPath, normalized), 0, StatusCodes.Status307TemporaryRedirect));
            observer.End(exchange);
            return Task.CompletedTask;
        }

        if (!ReferenceEquals(path, normalized))
        {
            exchange.OriginalPath = path;
            request.Path = normalized;
        }

        var host = Authority.Host(request.Host.Value);
        var listener = routes.Table.Gateway.Port(edge.Port)?.Find(host);
        return edge.Listener is { } chosen && listener is not null && listener.Config.Name != chosen.Name
            ? MisdirectedAsync(exchange, chosen)
            : outbound.ServeAsync(exchange, listener?.Match(host, RequestHead.Of(request, exchange.IsGrpc)) ?? default);
    }

    // At the last moment: what the service says of its own ports is nothing to clients outside.
    private static void Advertise(HttpResponse response, string altSvc) => response.OnStarting(() =>
    {
        response.Headers.AltSvc = altSvc;
        return Task.CompletedTask;
    });

    // RFC 9110 section 15.5.20: a client that reuses a connection for a name that another listener, perhaps with other rules, serves.
    private async Task MisdirectedAsync(Exchange exchange, GatewayListener chosen)
    {
        string reason = $"this connection is for {chosen.Hostname}, not for {exchange.Context.Request.Host.Value} (NR)";
        await refusal.WriteAsync(exchange, StatusCodes.Status421MisdirectedRequest, ResponseFlags.NoRoute, reason);
        observer.End(exchange);
    }
}
