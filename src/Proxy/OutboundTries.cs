using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Observe;
using MeshInsight.Proxy.Protect;
using Microsoft.AspNetCore.Http.Features;

namespace MeshInsight.Proxy;

/// <summary>
/// All tries of one outbound request. One step per transition:
/// <list type="bullet">
/// <item>begin → try: an endpoint was picked; without one the answer is 503 UH.</item>
/// <item>try → done: a response went out, or started to, or the client left.</item>
/// <item>try → pause: the outcome may be retried, the body can be sent again, attempts and budget are left.</item>
/// <item>pause → try: after a jittered backoff, on another endpoint if there is one.</item>
/// <item>try → failed: no response and no retry; the client gets 503 or 504 with the flags.</item>
/// </list>
/// </summary>
internal sealed class OutboundTries(
    Exchange exchange, RouteConfig route, ClusterState cluster, RetryBudget budget, UpstreamForwarder forwarder, RequestObserver observer, TimeProvider time, Random random) : IDisposable
{
    private readonly bool _mayRetry = route.Retry.Attempts > 0;
    private readonly bool _prefersHttp2 = cluster.Config.Protocol is ClusterProtocol.Http2 or ClusterProtocol.Grpc;
    private ReplayBody? _replay;
    private RetryAnswer _answer;

    public async Task RunAsync()
    {
        using var deadline = new Deadline(route.Timeout, route.TryTimeout, time);
        budget.CountRequest();
        KeepBody();
        EndpointState? endpoint = null;
        while (true)
        {
            endpoint = cluster.Pick(random, endpoint);
            if (endpoint is null)
            {
                await RefuseAsync();
                return;
            }

            var attempt = await TryAsync(endpoint, deadline);
            if (_answer != RetryAnswer.Retry || !await PauseAsync(deadline))
            {
                await FailedTry.AnswerAsync(exchange, attempt, exchange.Service);
                return;
            }

            _replay?.Rewind();
        }
    }

    public void Dispose() => _replay?.Dispose();

    private async Task<AttemptRecord> TryAsync(EndpointState endpoint, Deadline deadline)
    {
        var attempt = observer.BeginAttempt(exchange, new(cluster.Config.Service, endpoint.Config.Version, endpoint.Config.InstanceId), endpoint.Config.Address);
        exchange.Peer = attempt.Destination;
        var call = new ForwardCall(exchange, attempt, deadline, time) { Discard = _mayRetry ? ShouldDiscard : null, ExpectedPeer = endpoint.Config.Identity };
        _answer = RetryAnswer.Keep;
        deadline.BeginTry();
        endpoint.Begin();
        try
        {
            await forwarder.SendAsync(call, endpoint.Prefix, UpstreamForwarder.Choose(exchange.Context, exchange.IsGrpc, _prefersHttp2), deadline);
        }
        finally
        {
            endpoint.End(RoundTrip(attempt), IsFailure(attempt));
        }

        if (_mayRetry && attempt.ErrorType.Length > 0 && !exchange.Context.Response.HasStarted && !deadline.IsWholeExpired)
        {
            _answer = Judge(call);
        }

        if (_answer == RetryAnswer.Exhausted)
        {
            attempt.Flags |= ResponseFlags.RetriesExhausted;
        }

        observer.EndAttempt(exchange, attempt);
        return attempt;
    }

    private bool ShouldDiscard(ForwardCall call)
    {
        _answer = Judge(call);
        return _answer == RetryAnswer.Retry;
    }

    private RetryAnswer Judge(ForwardCall call) => RetryPolicy.Judge(
        route.Retry,
        exchange.Context.Request.Method,
        call.Attempt.Status,
        call.Attempt.IsTrailersOnly ? call.Attempt.GrpcStatus : -1,
        call.Reach,
        _replay?.CanReplay ?? true,
        exchange.Attempts,
        budget);

    // The failure that counts for balancing: what a caller would not want to meet again here.
    private static bool IsFailure(AttemptRecord attempt) =>
        attempt.Status >= StatusCodes.Status500InternalServerError || attempt.Status == StatusCodes.Status429TooManyRequests
        || attempt.ErrorType.Length > 0 || Exchange.IsGrpcFailure(attempt.GrpcStatus);

    // A client that left before the head still tells that the head took at least so long.
    private TimeSpan? RoundTrip(AttemptRecord attempt) =>
        attempt.SentTimestamp == 0 ? null
        : attempt.HeadTimestamp == 0 ? time.GetElapsedTime(attempt.SentTimestamp)
        : time.GetElapsedTime(attempt.SentTimestamp, attempt.HeadTimestamp);

    private void KeepBody()
    {
        var context = exchange.Context;
        if (_mayRetry && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
        {
            _replay = new(context.Request.Body);
            context.Request.Body = _replay;
        }
    }

    /// <returns>False when the client left or the deadline came while waiting.</returns>
    private async Task<bool> PauseAsync(Deadline deadline)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.WholeToken, exchange.Context.RequestAborted);
        try
        {
            await Task.Delay(RetryPolicy.Backoff(route.Retry, exchange.Attempts, random), time, either.Token);
            // The forwarder may have left its own error status behind.
            exchange.Context.Response.Clear();
            return true;
        }
        catch (OperationCanceledException)
        {
            if (exchange.LastAttempt is { } attempt)
            {
                GiveUp(attempt, deadline);
            }

            return false;
        }
    }

    private void GiveUp(AttemptRecord attempt, Deadline deadline)
    {
        attempt.Flags |= deadline.IsWholeExpired ? ResponseFlags.UpstreamTimeout : ResponseFlags.ClientGone;
        attempt.Status = deadline.IsWholeExpired ? StatusCodes.Status504GatewayTimeout : 0;
        attempt.ErrorType = UpstreamFailure.ErrorType(attempt.Flags);
        exchange.Flags = attempt.Flags;
        exchange.Status = attempt.Status;
    }

    private async Task RefuseAsync()
    {
        var attempt = observer.BeginAttempt(exchange, new(cluster.Config.Service, cluster.Config.Version, ""), "");
        exchange.Peer = attempt.Destination;
        await LocalReply.WriteAsync(
            exchange, StatusCodes.Status503ServiceUnavailable, ResponseFlags.NoHealthyUpstream, $"no endpoint of {cluster.Config.Name} is ready (UH)");
        attempt.Status = exchange.Status;
        attempt.GrpcStatus = exchange.GrpcStatus;
        attempt.Flags = ResponseFlags.NoHealthyUpstream;
        observer.EndAttempt(exchange, attempt);
    }
}
