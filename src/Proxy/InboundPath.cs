using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Observe;
using MeshInsight.Proxy.Protect;

namespace MeshInsight.Proxy;

/// <summary>From other sidecars to the app. No retries and no timeouts here: the caller's sidecar owns them, and two owners would multiply.</summary>
internal sealed class InboundPath(ProxyOptions options, CurrentRoutes routes, UpstreamForwarder forwarder, RequestObserver observer, TimeProvider time)
{
    // Names come from other programs; longer ones are cut so that labels stay small.
    private const int MaxNameLength = 128;

    private readonly string _prefix = options.AppUrl?.GetLeftPart(UriPartial.Authority) ?? "";
    private readonly string _address = options.AppUrl?.Authority ?? "";
    private readonly bool _prefersHttp2 = options.Protocol is ClusterProtocol.Http2 or ClusterProtocol.Grpc;

    public async Task RunAsync(HttpContext context)
    {
        var exchange = observer.BeginInbound(context);
        try
        {
            Match(exchange);
            await ForwardAsync(exchange);
        }
        finally
        {
            observer.End(exchange);
        }
    }

    // Only to name what is called: everything inbound goes to the app.
    private void Match(Exchange exchange)
    {
        var request = exchange.Context.Request;
        exchange.Peer = new(Name(request.Headers[MeshHeaders.SourceService].ToString()), Name(request.Headers[MeshHeaders.SourceVersion].ToString()), "");
        MeshHeaders.Strip(request.Headers);
        var choice = routes.Table.Match(options.Service, request.Method, request.Path.Value ?? "", request.Headers);
        exchange.RouteName = choice.Route?.Config.Name ?? "";
        exchange.RouteTemplate = choice.Template;
    }

    private async Task ForwardAsync(Exchange exchange)
    {
        using var deadline = Deadline.None();
        var attempt = observer.BeginAttempt(exchange, options.Self, _address);
        var call = new ForwardCall(exchange, attempt, deadline, time);
        await forwarder.SendAsync(call, _prefix, UpstreamForwarder.Choose(exchange.Context, exchange.IsGrpc, _prefersHttp2), deadline);
        observer.EndAttempt(exchange, attempt);
        await FailedTry.AnswerAsync(exchange, attempt, "the app");
    }

    private static string Name(string text) => text.Length > MaxNameLength ? text[..MaxNameLength] : text;
}
