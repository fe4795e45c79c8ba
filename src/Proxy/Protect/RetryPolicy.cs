using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Protect;

/// <summary>How far an attempt got before it failed.</summary>
internal enum AttemptReach
{
    /// <summary>The app did not see the request: no connection, a refused stream, or the sidecar before it said so.</summary>
    NotDelivered,

    /// <summary>The app may have acted on it.</summary>
    Delivered,
}

internal enum RetryAnswer
{
    Retry,

    /// <summary>The outcome stands: it is no failure, or the rules forbid another try.</summary>
    Keep,

    /// <summary>Would be retried, but all attempts or the budget are used up (Envoy's URX).</summary>
    Exhausted,

    /// <summary>Would be retried, but the cluster's breaker has as many retries in flight as it allows (UO).</summary>
    Overflow,
}

/// <summary>Whether a failed attempt may be tried again, and when. Pure but for the budget and the jitter.</summary>
internal static class RetryPolicy
{
    private static readonly TimeSpan DefaultBackoff = TimeSpan.FromMilliseconds(25);
    private const int GrpcUnavailable = 14;

    // Percent of the budget after which low requests leave the rest to the others.
    private const int LowShare = 50;

    /// <param name="status">HTTP status of the attempt, or the one a transport failure would be answered with.</param>
    /// <param name="grpcStatus">gRPC status when it came with the response head (trailers-only); -1 otherwise.</param>
    /// <param name="tries">Attempts made so far, the failed one included.</param>
    /// <param name="breaker">After <see cref="RetryAnswer.Retry"/> the caller owes it an <see cref="CircuitBreaker.EndRetry"/>.</param>
    /// <param name="isShed">The callee's sidecar has said that its app can take no more: only requests of high classes try again.</param>
    /// <param name="safeMethods">Methods declared safe to send again although HTTP does not call them idempotent.</param>
    public static RetryAnswer Judge(
        RetryConfig config,
        string method,
        int status,
        int grpcStatus,
        AttemptReach reach,
        bool canReplay,
        int tries,
        RetryBudget budget,
        CircuitBreaker? breaker = null,
        IReadOnlyList<string>? safeMethods = null,
        PriorityClass priority = PriorityClass.Unset,
        bool isShed = false)
    {
        // Where the service sheds, each retry takes the place of a first try.
        if (isShed && priority.Rank() > PriorityClass.High.Rank())
        {
            return RetryAnswer.Keep;
        }

        if (config.Attempts <= 0 || !canReplay || !IsRetryable(config, method, status, grpcStatus, reach, safeMethods ?? []))
        {
            return RetryAnswer.Keep;
        }

        if (tries > config.Attempts)
        {
            return RetryAnswer.Exhausted;
        }

        if (breaker is not null && !breaker.TryBeginRetry())
        {
            return RetryAnswer.Overflow;
        }

        if (budget.TryTake(config.BudgetPercent, config.BudgetMinPerSecond, priority == PriorityClass.Low ? LowShare : 100))
        {
            return RetryAnswer.Retry;
        }

        breaker?.EndRetry();
        return RetryAnswer.Exhausted;
    }

    /// <summary>Full jitter over a window that doubles with each try (25, 50, 100 ms, … up to 10 times the base).</summary>
    public static TimeSpan Backoff(RetryConfig config, int tries, Random random)
    {
        var first = config.Backoff > TimeSpan.Zero ? config.Backoff : DefaultBackoff;
        double window = Math.Min(first.TotalMilliseconds * (1L << Math.Min(tries - 1, 10)), first.TotalMilliseconds * 10);
        return TimeSpan.FromMilliseconds(window * random.NextDouble());
    }

    private static bool IsRetryable(RetryConfig config, string method, int status, int grpcStatus, AttemptReach reach, IReadOnlyList<string> safeMethods)
    {
        if (reach == AttemptReach.NotDelivered)
        {
            return true;
        }

        // The service itself says "unavailable" before any message: the case gRPC clients retry by default.
        if (grpcStatus == GrpcUnavailable)
        {
            return Lists(config, StatusCodes.Status503ServiceUnavailable);
        }

        return Lists(config, status) && (IsIdempotent(method) || Lists(safeMethods, method));
    }

    private static bool Lists(RetryConfig config, int status)
    {
        for (int i = 0; i < config.Codes.Count; i++)
        {
            if (config.Codes[i] == status)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Lists(IReadOnlyList<string> methods, string method)
    {
        for (int i = 0; i < methods.Count; i++)
        {
            if (methods[i] == method)
            {
                return true;
            }
        }

        return false;
    }

    // RFC 9110 section 9.2.2
    private static bool IsIdempotent(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method)
        || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method);
}
