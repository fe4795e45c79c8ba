using MeshInsight.Proxy.Balance;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Observe;
using MeshInsight.Proxy.Protect;

namespace MeshInsight.Proxy;

/// <summary>From the app to other services.</summary>
internal sealed class OutboundPath(
    ProxyOptions options,
    CurrentRoutes routes,
    RetryBudgets budgets,
    CircuitBreakers breakers,
    UpstreamForwarder forwarder,
    TryFeedback feedback,
    RequestObserver observer,
    TimeProvider time,
    Random random)
{
    public async Task RunAsync(HttpContext context)
    {
        MeshHeaders.Strip(context.Request.Headers);
        var exchange = observer.BeginOutbound(context);
        try
        {
            if (Match(exchange) is { } route && await PickClusterAsync(exchange, route) is { } cluster)
            {
                var (budget, breaker) = (budgets.For(route.Config.Service), breakers.For(cluster.Config));
                ulong hash = Affinity.Hash(cluster.Config.Policy.Balancer.Hash, context, random);
                using var tries = new OutboundTries(exchange, route.Config, cluster, budget, breaker, hash, forwarder, feedback, observer, time, random);
                await tries.RunAsync();
            }
            else if (exchange.Flags == ResponseFlags.None)
            {
                await RefuseAsync(exchange, StatusCodes.Status404NotFound, ResponseFlags.NoRoute, NoRoute(context.Request));
            }
        }
        finally
        {
            observer.End(exchange);
        }
    }

    private static string NoRoute(HttpRequest request) => HttpMethods.IsConnect(request.Method)
        ? $"no route for CONNECT {request.Host.Value}: the mesh proxies http:// only (NR)"
        : $"no route for {request.Host.Value} (NR)";

    private CompiledRoute? Match(Exchange exchange)
    {
        var request = exchange.Context.Request;
        var service = Authority.Service(request.Host.Value);
        var choice = routes.Table.Match(service, request.Method, request.Path.Value ?? "", request.Headers);
        exchange.Service = choice.Route?.Config.Service ?? "";
        exchange.RouteName = choice.Route?.Config.Name ?? "";
        exchange.RouteTemplate = choice.Template;
        // After matching: routes may look at what the app itself sent.
        request.Headers[MeshHeaders.SourceService] = options.Service;
        request.Headers[MeshHeaders.SourceVersion] = options.Version;
        return choice.Route;
    }

    private async Task<ClusterState?> PickClusterAsync(Exchange exchange, CompiledRoute route)
    {
        var cluster = route.PickCluster(random, out string name);
        exchange.ClusterName = name;
        if (cluster is null)
        {
            int status = name.Length == 0 ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status500InternalServerError;
            string reason = name.Length == 0 ? $"route {route.Config.Name} has no cluster with a weight above 0" : $"route {route.Config.Name} names cluster {name}, which does not exist";
            await RefuseAsync(exchange, status, ResponseFlags.NoCluster, reason);
        }

        return cluster;
    }

    /// <summary>A CLIENT span is owed even where no endpoint was tried: the caller's failure must show.</summary>
    private async Task RefuseAsync(Exchange exchange, int status, ResponseFlags flags, string reason)
    {
        var attempt = observer.BeginAttempt(exchange, new(exchange.Service, "", ""), "");
        await LocalReply.WriteAsync(exchange, status, flags, reason);
        attempt.Status = exchange.Status;
        attempt.GrpcStatus = exchange.GrpcStatus;
        attempt.Flags = flags;
        observer.EndAttempt(exchange, attempt);
    }
}
