using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;
using MeshInsight.Proxy.Classify;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Observe;
using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Records;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace MeshInsight.Proxy.Mirror;

/// <summary>
/// Sends copies of requests and forgets them: no original waits for a copy, fails by it, or gets its answer. Copies are bounded in number, in time and in what
/// is kept of a body; what cannot be copied within the bounds is counted.
/// </summary>
/// <param name="learn">Told what a try on an endpoint came to.</param>
internal sealed class MirrorSender(
    MirrorReport report, UpstreamForwarder forwarder, Action<ClusterState, EndpointState, AttemptRecord> learn, RequestObserver observer, TimeProvider time, Random random) : IDisposable
{
    private const int MaxCopies = 128;

    private static readonly TimeSpan LongestCopy = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stopping = new();
    private int _copies;

    /// <summary>Starts the copies that the route asks for. Called once per request, after its filters and before its first try.</summary>
    /// <returns>Null when there are none. To be disposed at the original's end, with all its facts in.</returns>
    public MirroredRequest? Begin(Exchange exchange, CompiledRoute route)
    {
        if (route.Mirrors.Length == 0 || IsTunnel(exchange.Context.Request))
        {
            return null;
        }

        MirroredRequest? mirrored = null;
        foreach (var mirror in route.Mirrors)
        {
            if (mirror.IsDrawn(random))
            {
                mirrored ??= new(exchange, time);
                Start(exchange, route, mirror, mirrored);
            }
        }

        mirrored?.ShareBody();
        return mirrored;
    }

    /// <summary>Breaks off every copy that is under way.</summary>
    public void Dispose()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private static bool IsTunnel(HttpRequest request) => HttpMethods.IsConnect(request.Method) || !StringValues.IsNullOrEmpty(request.Headers.Upgrade);

    private void Start(Exchange original, CompiledRoute route, CompiledMirror mirror, MirroredRequest mirrored)
    {
        var cluster = mirror.PickCluster(random, out var backend);
        var series = report.For(route.Config.Name, backend.Cluster);
        if (cluster?.Pick(random, avoid: null) is not { } endpoint)
        {
            series.Lose(MirrorLoss.NoEndpoint);
            return;
        }

        if (Interlocked.Increment(ref _copies) > MaxCopies)
        {
            Interlocked.Decrement(ref _copies);
            series.Lose(MirrorLoss.Busy);
            return;
        }

        var context = original.Context;
        var buffer = context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } ? new MirrorBuffer() : null;
        var pair = new MirrorPair(series);
        mirrored.Add(pair, buffer);
        var copy = observer.BeginOutbound(MirrorRequest.Copy(context.Request, buffer?.Reader));
        (copy.Service, copy.RouteName, copy.RouteTemplate, copy.ClusterName) = (cluster.Config.Service, original.RouteName, original.RouteTemplate, backend.Cluster);
        if (original.Priority != PriorityClass.Unset)
        {
            // Where there is not room for all, copies go first.
            copy.Priority = PriorityClass.Low;
            Classifier.Set(copy.Context.Request.Headers, PriorityClass.Low);
        }

        series.CountCopy();
        var limit = route.Config.Timeout > TimeSpan.Zero && route.Config.Timeout < LongestCopy ? route.Config.Timeout : LongestCopy;
        // On a thread of its own from the first byte on: even connecting is not the original's business.
        _ = Task.Run(() => SendAsync(copy, cluster, endpoint, limit, pair, buffer));
    }

    private async Task SendAsync(Exchange copy, ClusterState cluster, EndpointState endpoint, TimeSpan limit, MirrorPair pair, MirrorBuffer? buffer)
    {
        try
        {
            using var deadline = Deadline.Of(limit, TimeSpan.Zero, time);
            copy.Context.RequestAborted = _stopping.Token;
            var attempt = observer.BeginAttempt(copy, new(cluster.Config.Service, endpoint.Config.Version, endpoint.Config.InstanceId), endpoint.Config.Address);
            bool prefersHttp2 = cluster.Config.Protocol is Contracts.Mesh.ClusterProtocol.Http2 or Contracts.Mesh.ClusterProtocol.Grpc;
            var call = forwarder.Begin(copy, attempt, deadline);
            call.ExpectedPeer = endpoint.Config.Identity;
            endpoint.Begin();
            try
            {
                call.Settle(await forwarder.SendAsync(call, endpoint.Prefix, UpstreamForwarder.Choose(copy.Context, copy.IsGrpc, prefersHttp2)));
            }
            finally
            {
                // To the endpoint it is a request like any other; a body that we broke off looks like a client that left.
                learn(cluster, endpoint, attempt);
            }

            observer.EndAttempt(copy, attempt);
            if (buffer?.Loss is { } loss)
            {
                pair.Lose(loss);
            }
            else
            {
                pair.CopyEnded(MirroredRequest.Side(copy, attempt, time));
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // The sidecar stops while copies are under way.
            pair.Lose(MirrorLoss.Cut);
        }
        finally
        {
            buffer?.Close();
            Interlocked.Decrement(ref _copies);
        }
    }
}
