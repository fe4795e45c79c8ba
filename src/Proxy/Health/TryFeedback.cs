using MeshInsight.Proxy.Balance;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Health;

/// <summary>What one try taught about its endpoint, told to those who pick the next one.</summary>
internal sealed class TryFeedback(OutlierDetector outliers, TimeProvider time)
{
    private const int GrpcDeadlineExceeded = 4;
    private const int GrpcResourceExhausted = 8;
    private const int GrpcUnavailable = 14;

    private const ResponseFlags NoResponse =
        ResponseFlags.UpstreamConnectFailure | ResponseFlags.UpstreamTimeout | ResponseFlags.UpstreamClosed | ResponseFlags.UpstreamReset;

    public void Learn(ClusterState cluster, EndpointState endpoint, AttemptRecord attempt)
    {
        endpoint.End(RoundTrip(attempt), IsFailure(attempt), attempt.RetryAfter);
        outliers.Observe(cluster, endpoint, Outcome(attempt));
    }

    /// <summary>Of a connection whose content is the app's: that it was made is all there is to learn. Its end is told by whom it served.</summary>
    public void Learn(ClusterState cluster, EndpointState endpoint, bool isConnected) =>
        outliers.Observe(cluster, endpoint, isConnected ? TryOutcome.Success : TryOutcome.GatewayFailure);

    // The failure that counts for balancing: what a caller would not want to meet again here, "too many requests" included.
    internal static bool IsFailure(AttemptRecord attempt) =>
        attempt.Status >= StatusCodes.Status500InternalServerError || attempt.Status == StatusCodes.Status429TooManyRequests
        || attempt.ErrorType.Length > 0 || attempt.GrpcStatus == GrpcResourceExhausted || Exchange.IsGrpcFailure(attempt.GrpcStatus);

    // The failure that counts for ejecting: the endpoint is broken. One that says "too many requests" is not, nor one that cannot ask whether they are.
    internal static TryOutcome Outcome(AttemptRecord attempt) =>
        // Shedding is what an endpoint does that lives; to eject it would bury the others.
        attempt.IsShed ? TryOutcome.Success
        : (attempt.Flags & NoResponse) != 0 ? TryOutcome.GatewayFailure
        : attempt.IsLimitedEverywhere || (attempt.Flags & (ResponseFlags.ClientGone | ResponseFlags.LocalReset | ResponseFlags.StreamIdle)) != 0 || attempt.Status == 0 ? TryOutcome.Unknown
        : attempt.Status is >= StatusCodes.Status502BadGateway and <= StatusCodes.Status504GatewayTimeout
            || attempt.GrpcStatus is GrpcDeadlineExceeded or GrpcUnavailable ? TryOutcome.GatewayFailure
        : attempt.Status >= StatusCodes.Status500InternalServerError || Exchange.IsGrpcFailure(attempt.GrpcStatus) ? TryOutcome.Failure
        : TryOutcome.Success;

    // A client that left before the head still tells that the head took at least so long.
    private TimeSpan? RoundTrip(AttemptRecord attempt) =>
        attempt.SentTimestamp == 0 ? null
        : attempt.HeadTimestamp == 0 ? time.GetElapsedTime(attempt.SentTimestamp)
        : time.GetElapsedTime(attempt.SentTimestamp, attempt.HeadTimestamp);
}
