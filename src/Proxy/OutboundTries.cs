using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;
using MeshInsight.Proxy.Explain;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Observe;
using MeshInsight.Proxy.Protect;
using Microsoft.AspNetCore.Http.Features;

namespace MeshInsight.Proxy;

/// <summary>
/// All tries of one outbound request. One step per transition:
/// <list type="bullet">
/// <item>begin → try: the breaker admitted it, perhaps after a wait, and an endpoint was picked; else the answer is 503 UO or UH.</item>
/// <item>try → done: a response went out, or started to, or the client left.</item>
/// <item>try → pause: the outcome may be retried, the body can be sent again, attempts and budget are left.</item>
/// <item>pause → try: after a jittered backoff, on another endpoint if there is one.</item>
/// <item>try → failed: no response and no retry; the client gets 503 or 504 with the flags.</item>
/// </list>
/// </summary>
internal sealed class OutboundTries(
    Exchange exchange,
    RouteConfig route,
    ClusterState cluster,
    RetryBudget budget,
    CircuitBreaker? breaker,
    ulong hash,
    OutboundRefusal refusal,
    UpstreamForwarder forwarder,
    TryFeedback feedback,
    RequestObserver observer,
    TimeProvider time,
    Random random) : IDisposable
{
    private readonly bool _mayRetry = route.Retry.Attempts > 0;
    private readonly bool _prefersHttp2 = cluster.Config.Protocol is ClusterProtocol.Http2 or ClusterProtocol.Grpc;
    private ReplayBody? _replay;
    private RetryAnswer _answer;
    private bool _holdsRetry;
    private EndpointState? _tried;

    public async Task RunAsync()
    {
        var left = exchange.TimeLeft;
        using var deadline = new Deadline(Deadline.Shorter(route.Timeout, left), route.TryTimeout, time);
        budget.CountRequest();
        if (left <= TimeSpan.Zero)
        {
            await RefuseAsync(ResponseFlags.UpstreamTimeout, $"the caller's deadline had passed before {exchange.Service} was called (UT)", StatusCodes.Status504GatewayTimeout);
            return;
        }

        KeepBody();
        EndpointState? endpoint = null;
        while (true)
        {
            if (breaker is not null && await breaker.EnterAsync(SharesConnections, deadline.WholeToken, exchange.Context.RequestAborted) is not BreakerAnswer.Admitted and var refused)
            {
                await RefuseAsync(refused, deadline);
                return;
            }

            AttemptRecord attempt;
            try
            {
                var before = endpoint;
                endpoint = cluster.Pick(random, before, hash);
                exchange.Why?.Add("endpoint", PickWords.Endpoint(cluster, endpoint, before));
                if (endpoint is null)
                {
                    await RefuseAsync(ResponseFlags.NoHealthyUpstream, $"no endpoint of {cluster.Config.Name} may be used (UH)");
                    return;
                }

                attempt = await TryAsync(endpoint, deadline);
            }
            finally
            {
                breaker?.Exit();
            }

            if (_answer != RetryAnswer.Retry || !await PauseAsync(deadline))
            {
                await FailedTry.AnswerAsync(exchange, attempt, exchange.Service);
                return;
            }

            _replay?.Rewind();
        }
    }

    public void Dispose()
    {
        if (_holdsRetry)
        {
            breaker!.EndRetry();
        }

        _replay?.Dispose();
    }

    private bool SharesConnections => Protocol == UpstreamProtocol.Http2;

    private UpstreamProtocol Protocol => UpstreamForwarder.Choose(exchange.Context, exchange.IsGrpc, _prefersHttp2);

    private async Task<AttemptRecord> TryAsync(EndpointState endpoint, Deadline deadline)
    {
        var attempt = observer.BeginAttempt(exchange, new(cluster.Config.Service, endpoint.Config.Version, endpoint.Config.InstanceId), endpoint.Config.Address);
        exchange.Peer = attempt.Destination;
        var call = forwarder.Begin(exchange, attempt, deadline);
        call.ExpectedPeer = endpoint.Config.Identity;
        call.IsExternal = cluster.Config.IsExternal;
        call.Discard = _mayRetry ? ShouldDiscard : null;
        _answer = RetryAnswer.Keep;
        if (cluster.Config.IsExternal)
        {
            MeshHeaders.StripAll(exchange.Context.Request.Headers);
        }
        else if (deadline.TryTimeLeft is { } tryTime)
        {
            TimeoutHeaders.Write(exchange.Context.Request.Headers, tryTime, exchange.IsGrpc);
        }

        _tried = endpoint;
        deadline.BeginTry();
        endpoint.Begin();
        try
        {
            call.Settle(await forwarder.SendAsync(call, endpoint.Prefix, Protocol));
        }
        finally
        {
            feedback.Learn(cluster, endpoint, attempt);
        }

        if (_mayRetry && attempt.ErrorType.Length > 0 && !exchange.Context.Response.HasStarted && !deadline.IsWholeExpired)
        {
            _answer = Judge(call);
        }

        attempt.Flags |= _answer switch
        {
            RetryAnswer.Exhausted => ResponseFlags.RetriesExhausted,
            RetryAnswer.Overflow => ResponseFlags.UpstreamOverflow,
            _ => ResponseFlags.None,
        };

        exchange.Why?.Add("try", TryWords.Of(attempt, _answer, _mayRetry));
        observer.EndAttempt(exchange, attempt);
        forwarder.Return(call);
        return attempt;
    }

    private bool ShouldDiscard(ForwardCall call)
    {
        _answer = Judge(call);
        return _answer == RetryAnswer.Retry;
    }

    private RetryAnswer Judge(ForwardCall call)
    {
        // Where everyone has said "too many", and when to come back, another try would only be one more too many.
        if (call.Attempt.IsLimitedEverywhere || (call.Attempt is { Status: StatusCodes.Status429TooManyRequests, RetryAfter.Ticks: > 0 } && !cluster.HasOther(_tried!)))
        {
            return RetryAnswer.Keep;
        }

        // A request that is being retried goes on counting as one retry, whichever try it is at.
        var answer = RetryPolicy.Judge(
            route.Retry,
            exchange.Context.Request.Method,
            call.Attempt.Status,
            call.Attempt.IsTrailersOnly ? call.Attempt.GrpcStatus : -1,
            call.Reach,
            _replay?.CanReplay ?? true,
            exchange.Attempts,
            budget,
            _holdsRetry ? null : breaker,
            cluster.Config.Policy.SafeMethods,
            exchange.Priority,
            call.Attempt.IsShed);
        _holdsRetry |= breaker is not null && answer == RetryAnswer.Retry;
        return answer;
    }

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

    private Task RefuseAsync(BreakerAnswer refused, Deadline deadline) =>
        refused == BreakerAnswer.Overflow ? RefuseAsync(ResponseFlags.UpstreamOverflow, $"{cluster.Config.Name} has as many requests in flight as its circuit breaker allows (UO)")
        : deadline.IsWholeExpired ? RefuseAsync(ResponseFlags.UpstreamTimeout, $"no connection to {cluster.Config.Name} was free in time (UT)", StatusCodes.Status504GatewayTimeout)
        : RefuseAsync(ResponseFlags.ClientGone, "the client left", 0);

    private Task RefuseAsync(ResponseFlags flags, string reason, int status = StatusCodes.Status503ServiceUnavailable)
    {
        exchange.Peer = new(cluster.Config.Service, cluster.Config.Version, "");
        return refusal.WriteAsync(exchange, exchange.Peer, status, flags, reason);
    }
}
