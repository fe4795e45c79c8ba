using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;
using MeshInsight.Proxy.Explain;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Health;
using MeshInsight.Proxy.Observe;
using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Refuse;
using Microsoft.AspNetCore.Http.Features;

namespace MeshInsight.Proxy.Http;

/// <summary>What is to be tried, and within which bounds.</summary>
/// <param name="Hash">For balancers that go by it.</param>
internal readonly record struct TriedRequest(Exchange Exchange, RouteConfig Route, ClusterState Cluster, RetryBudget Budget, CircuitBreaker? Breaker, ulong Hash);

/// <summary>
/// All tries of one outbound request. One step per transition:
/// <list type="bullet">
/// <item>begin → try: the breaker admitted it, perhaps after a wait, and an endpoint was picked; else the answer is 503 UO or UH.</item>
/// <item>try → done: a response went out, or started to, or the client left.</item>
/// <item>try → pause: the outcome may be retried, the body can be sent again, attempts and budget are left.</item>
/// <item>pause → try: after a jittered backoff, on another endpoint if there is one.</item>
/// <item>try → failed: no response and no retry; the client gets 503 or 504 with the flags.</item>
/// </list>
/// One request at a time; used again for another after <see cref="End"/>. Its steps are awaited once each, so their state is pooled too.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "End lets go of what each request brought.")]
internal sealed class OutboundTries
{
    private readonly OutboundRefusal _refusal;
    private readonly UpstreamForwarder _forwarder;
    private readonly TryFeedback _feedback;
    private readonly RequestObserver _observer;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly Func<ForwardCall, bool> _shouldDiscard;
    private TriedRequest _request;
    private ReplayBody? _replay;
    private RetryAnswer _answer;
    private bool _holdsRetry;
    private EndpointState? _tried;

    public OutboundTries(OutboundRefusal refusal, UpstreamForwarder forwarder, TryFeedback feedback, RequestObserver observer, TimeProvider time, Random random)
    {
        _refusal = refusal;
        _forwarder = forwarder;
        _feedback = feedback;
        _observer = observer;
        _time = time;
        _random = random;
        _shouldDiscard = ShouldDiscard;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask RunAsync(TriedRequest request)
    {
        _request = request;
        var (exchange, route, cluster, budget, breaker, hash) = request;
        var left = exchange.TimeLeft;
        using var deadline = Deadline.Of(Deadline.Shorter(route.Timeout, left), route.TryTimeout, _time);
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
            if (breaker is not null && await breaker.EnterAsync(_forwarder.SharesConnections(exchange, Protocol, cluster.CanProve), deadline.WholeToken, exchange.Context.RequestAborted) is not BreakerAnswer.Admitted and var refused)
            {
                await RefuseAsync(refused, deadline);
                return;
            }

            AttemptRecord attempt;
            try
            {
                var before = endpoint;
                endpoint = cluster.Pick(_random, before, hash);
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

    /// <summary>Lets go of what the request held. Once its answer is complete, and always.</summary>
    public void End()
    {
        if (_holdsRetry)
        {
            _request.Breaker!.EndRetry();
        }

        _replay?.Dispose();
        (_request, _replay, _answer, _holdsRetry, _tried) = (default, null, RetryAnswer.Keep, false, null);
    }

    private bool MayRetry => _request.Route.Retry.Attempts > 0;

    private UpstreamProtocol Protocol =>
        UpstreamForwarder.Choose(_request.Exchange.Context, _request.Exchange.IsGrpc, _request.Cluster.Config.Protocol is ClusterProtocol.Http2 or ClusterProtocol.Grpc);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<AttemptRecord> TryAsync(EndpointState endpoint, Deadline deadline)
    {
        var (exchange, cluster) = (_request.Exchange, _request.Cluster);
        var attempt = _observer.BeginAttempt(exchange, new(cluster.Config.Service, endpoint.Config.Version, endpoint.Config.InstanceId), endpoint.Config.Address);
        exchange.Peer = attempt.Destination;
        var call = _forwarder.Begin(exchange, attempt, deadline);
        call.ExpectedPeer = endpoint.Config.Identity;
        call.IsExternal = cluster.Config.IsExternal;
        call.Discard = MayRetry ? _shouldDiscard : null;
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
            call.Settle(await _forwarder.SendAsync(call, endpoint.Prefix, Protocol));
        }
        finally
        {
            _feedback.Learn(cluster, endpoint, attempt);
        }

        if (MayRetry && attempt.ErrorType.Length > 0 && !exchange.Context.Response.HasStarted && !deadline.IsWholeExpired)
        {
            _answer = Judge(call);
        }

        attempt.Flags |= _answer switch
        {
            RetryAnswer.Exhausted => ResponseFlags.RetriesExhausted,
            RetryAnswer.Overflow => ResponseFlags.UpstreamOverflow,
            _ => ResponseFlags.None,
        };

        exchange.Why?.Add("try", TryWords.Of(attempt, _answer, MayRetry));
        _observer.EndAttempt(exchange, attempt);
        _forwarder.Return(call);
        return attempt;
    }

    private bool ShouldDiscard(ForwardCall call)
    {
        _answer = Judge(call);
        return _answer == RetryAnswer.Retry;
    }

    private RetryAnswer Judge(ForwardCall call)
    {
        var (exchange, route, cluster, budget, breaker, _) = _request;
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
        var context = _request.Exchange.Context;
        if (MayRetry && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
        {
            _replay = new(context.Request.Body);
            context.Request.Body = _replay;
        }
    }

    /// <returns>False when the client left or the deadline came while waiting.</returns>
    private async Task<bool> PauseAsync(Deadline deadline)
    {
        var exchange = _request.Exchange;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.WholeToken, exchange.Context.RequestAborted);
        try
        {
            await Task.Delay(RetryPolicy.Backoff(_request.Route.Retry, exchange.Attempts, _random), _time, either.Token);
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
        _request.Exchange.Flags = attempt.Flags;
        _request.Exchange.Status = attempt.Status;
    }

    private Task RefuseAsync(BreakerAnswer refused, Deadline deadline) =>
        refused == BreakerAnswer.Overflow ? RefuseAsync(ResponseFlags.UpstreamOverflow, $"{_request.Cluster.Config.Name} has as many requests in flight as its circuit breaker allows (UO)")
        : deadline.IsWholeExpired ? RefuseAsync(ResponseFlags.UpstreamTimeout, $"no connection to {_request.Cluster.Config.Name} was free in time (UT)", StatusCodes.Status504GatewayTimeout)
        : RefuseAsync(ResponseFlags.ClientGone, "the client left", 0);

    private Task RefuseAsync(ResponseFlags flags, string reason, int status = StatusCodes.Status503ServiceUnavailable)
    {
        var (exchange, cluster) = (_request.Exchange, _request.Cluster.Config);
        exchange.Peer = new(cluster.Service, cluster.Version, "");
        return _refusal.WriteAsync(exchange, exchange.Peer, status, flags, reason);
    }
}
