using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;
using MeshInsight.Proxy.Classify;
using MeshInsight.Proxy.Explain;
using MeshInsight.Proxy.Fault;
using MeshInsight.Proxy.Filter;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Health;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Mirror;
using MeshInsight.Proxy.Observe;
using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Refuse;
using MeshInsight.Proxy.Settings;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.ObjectPool;

namespace MeshInsight.Proxy.Http;

/// <summary>From the app to other services.</summary>
internal sealed class OutboundPath(
    ProxyOptions options,
    CurrentRoutes routes,
    Classifier classifier,
    RetryBudgets budgets,
    CircuitBreakers breakers,
    FaultInjector faults,
    OutboundRefusal refusal,
    MirrorSender mirrors,
    UpstreamForwarder forwarder,
    TryFeedback feedback,
    RequestObserver observer,
    TimeProvider time,
    Random random)
{
    // What a burst needs beyond this many at once goes back to the garbage collector.
    private const int MaxUnused = 1024;

    private readonly DefaultObjectPool<OutboundTries> _unused = new(new TriesPolicy(() => new(refusal, forwarder, feedback, observer, time, random)), MaxUnused);

    public Task RunAsync(HttpContext context)
    {
        var exchange = observer.BeginOutbound(context);
        MeshHeaders.Strip(context.Request.Headers);
        if (HttpMethods.IsConnect(context.Request.Method) && context.Features.Get<IHttpExtendedConnectFeature>() is not { IsExtendedConnect: true })
        {
            return RefuseConnectAsync(exchange);
        }

        return ServeAsync(exchange, routes.Table.Match(RequestHead.Of(context.Request, exchange.IsGrpc)));
    }

    /// <summary>From the route on, until the books are closed; what chose the route may be a gateway's listener.</summary>
    public async Task ServeAsync(Exchange exchange, RouteChoice choice)
    {
        try
        {
            Note(exchange, choice);
            var context = exchange.Context;
            if (choice.Route is not { } route)
            {
                await refusal.WriteAsync(exchange, StatusCodes.Status404NotFound, ResponseFlags.NoRoute, NoRoute(context.Request));
            }
            else if (await faults.RunAsync(exchange, route.Config) && Filter(exchange, route.Config.Filters, choice.Prefix) && await PickClusterAsync(exchange, route) is { } cluster)
            {
                // Around all tries: a copy is made of the request, not of each try.
                using var mirrored = mirrors.Begin(exchange, route);
                var (budget, breaker) = (budgets.For(route.Config.Service, cluster.Config.Service, cluster.Config.Policy.RetryBudget), breakers.For(cluster.Config));
                ulong hash = Affinity.Hash(cluster.Config.Policy.Balancer.Hash, context, random);
                var tries = _unused.Get();
                try
                {
                    await tries.RunAsync(new(exchange, route.Config, cluster, budget, breaker, hash));
                }
                finally
                {
                    tries.End();
                }

                _unused.Return(tries);
            }
        }
        finally
        {
            observer.End(exchange);
        }

        observer.Release(exchange);
    }

    public void Redirect(Exchange exchange, RedirectConfig redirect, string prefix = "")
    {
        var attempt = observer.BeginAttempt(exchange, new(exchange.Service, "", ""), "");
        RedirectFilter.Write(redirect, exchange.Context, prefix);
        attempt.Status = redirect.Status;
        observer.EndAttempt(exchange, attempt);
    }

    // The first request of a connection never gets here: the listener has made a tunnel of it.
    private async Task RefuseConnectAsync(Exchange exchange)
    {
        await refusal.WriteAsync(exchange, StatusCodes.Status501NotImplemented, ResponseFlags.NoRoute, $"CONNECT {exchange.Context.Request.Host.Value} must be the first request of a connection of HTTP/1.1 (NR)");
        observer.End(exchange);
        observer.Release(exchange);
    }

    private string NoRoute(HttpRequest request)
    {
        string host = request.Host.Value ?? "";
        return routes.Table.MatchBytes(Authority.Service(host), Authority.Port(host)) is null
            ? $"no route for {host} (NR)"
            : $"no route for requests to {host}, which takes connections of bytes: ask for one by CONNECT (NR)";
    }

    private void Note(Exchange exchange, RouteChoice choice)
    {
        var request = exchange.Context.Request;
        if (exchange.Why is { } why)
        {
            Explain(exchange, why, choice);
        }

        exchange.Service = choice.Route?.Config.Service ?? "";
        exchange.RouteName = choice.Route?.Config.Name ?? "";
        exchange.RouteTemplate = choice.Template;
        // After matching: routes may look at what the app itself sent.
        request.Headers[MeshHeaders.SourceService] = options.Service;
        request.Headers[MeshHeaders.SourceVersion] = options.Version;
        exchange.Priority = classifier.Outbound(request.Headers, exchange.Priority, choice.Route?.Config.Priority);
    }

    private void Explain(Exchange exchange, WhyNotes why, RouteChoice choice)
    {
        var request = exchange.Context.Request;
        why.Add("route", RouteWords.Of(routes.Table.Snapshot, RequestHead.Of(request, exchange.IsGrpc), choice));
        request.Headers[WhyKey.Header] = why.Key;
        WhyAnswer.TellTrace(exchange);
    }

    /// <returns>False when a filter has answered the request.</returns>
    private bool Filter(Exchange exchange, RouteFilters filters, string prefix)
    {
        ChangeHeaders(exchange.Context, filters.Request, filters.Response);
        if (filters.Redirect is { } redirect)
        {
            Redirect(exchange, redirect, prefix);
            return false;
        }

        if (filters.Rewrite is { } rewrite)
        {
            exchange.OriginalPath = exchange.Context.Request.Path.Value;
            RewriteFilter.Apply(rewrite, exchange.Context.Request, prefix);
        }

        return true;
    }

    private static void ChangeHeaders(HttpContext context, HeaderChanges? request, HeaderChanges? response)
    {
        if (request is not null)
        {
            HeaderFilter.Apply(request, context.Request.Headers);
        }

        if (response is not null)
        {
            HeaderFilter.ApplyAtStart(response, context.Response);
        }
    }

    private async ValueTask<ClusterState?> PickClusterAsync(Exchange exchange, CompiledRoute route)
    {
        var cluster = route.PickCluster(random, out var backend);
        exchange.ClusterName = backend.Cluster;
        exchange.Why?.Add("backend", PickWords.Backend(route.Config, backend.Cluster));
        // What a route says of one backend it says of its errors too.
        ChangeHeaders(exchange.Context, backend.Request, backend.Response);
        if (cluster is null)
        {
            await refusal.WriteAsync(exchange, StatusCodes.Status500InternalServerError, ResponseFlags.NoCluster, $"{route.WhyNoCluster(backend)} (NC)");
        }

        return cluster;
    }

    private sealed class TriesPolicy(Func<OutboundTries> create) : IPooledObjectPolicy<OutboundTries>
    {
        public OutboundTries Create() => create();

        public bool Return(OutboundTries obj) => true;
    }
}
