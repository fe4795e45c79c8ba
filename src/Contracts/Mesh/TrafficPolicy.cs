namespace MeshInsight.Contracts.Mesh;

/// <summary>How callers treat the endpoints of one cluster. What is null is switched off; <see cref="None"/> is a cluster without a policy.</summary>
/// <param name="PanicPercent">With fewer healthy endpoints than this share of those that are ready, all ready ones are used; 0..100, 0 for never.</param>
/// <param name="SafeMethods">Methods that may be sent again after they reached the service although HTTP does not call them idempotent.</param>
public sealed record TrafficPolicy(
    BalancerConfig Balancer,
    BreakerConfig? Breaker,
    OutlierConfig? Outlier,
    int PanicPercent,
    SlowStartConfig? SlowStart,
    LocalityConfig? Locality,
    HealthCheckConfig? HealthCheck,
    IReadOnlyList<string> SafeMethods)
{
    public const int DefaultPanicPercent = 50;

    /// <summary>Null: each route's own words count.</summary>
    public RetryBudgetConfig? RetryBudget { get; init; }

    /// <summary>Of connections whose content is bytes.</summary>
    public TcpConfig Tcp { get; init; } = TcpConfig.Default;

    public static TrafficPolicy None { get; } = new(BalancerConfig.PeakEwma, null, null, DefaultPanicPercent, null, null, null, []);
}

public enum BalancerKind
{
    /// <summary>Of two drawn at random the one with the lower expected cost; the default.</summary>
    PeakEwma,

    /// <summary>Of two drawn by weight the one with fewer requests in flight.</summary>
    LeastRequest,

    RoundRobin,

    /// <summary>In proportion to the endpoints' weights.</summary>
    Weighted,

    Random,

    /// <summary>Consistent hashing on a ring.</summary>
    RingHash,

    /// <summary>Consistent hashing by lookup table.</summary>
    Maglev,
}

/// <param name="Hash">What ringHash and maglev hash; null for the others.</param>
public sealed record BalancerConfig(BalancerKind Kind, HashConfig? Hash)
{
    public static BalancerConfig PeakEwma { get; } = new(BalancerKind.PeakEwma, null);
}

public enum HashSource
{
    /// <summary>The client's IP address.</summary>
    Source,
    Header,
    Cookie,
}

/// <param name="Name">Of the header or cookie; empty for <see cref="HashSource.Source"/>.</param>
/// <param name="CookieLife">More than zero: a client without the cookie is given one that lives so long.</param>
/// <param name="CookiePath">Path of a cookie that is given.</param>
public sealed record HashConfig(HashSource Source, string Name, TimeSpan CookieLife, string CookiePath);

/// <summary>How patient callers are with connections of bytes.</summary>
/// <param name="ConnectTimeout">For connection and handshake with one endpoint.</param>
/// <param name="IdleTimeout">Longest time without a byte in either direction; zero for any.</param>
public sealed record TcpConfig(TimeSpan ConnectTimeout, TimeSpan IdleTimeout)
{
    /// <summary>Five seconds, as for requests; Envoy's hour.</summary>
    public static TcpConfig Default { get; } = new(TimeSpan.FromSeconds(5), TimeSpan.FromHours(1));
}

/// <summary>Limits of one caller's sidecar towards one cluster, each 0 or more. What exceeds them is answered 503 with the flag UO.</summary>
/// <param name="MaxConnections">HTTP/1.1 connections in use, which is requests in flight; HTTP/2 shares connections and is not limited by it.</param>
/// <param name="MaxPendingRequests">Requests that wait for one of those connections.</param>
/// <param name="MaxRequests">Requests in flight.</param>
/// <param name="MaxRetries">Retries in flight.</param>
public sealed record BreakerConfig(int MaxConnections, int MaxPendingRequests, int MaxRequests, int MaxRetries);

/// <summary>How many retries one caller's sidecar may send to a service, by all routes together.</summary>
/// <param name="Percent">Of the requests within <paramref name="Interval"/>; 0..100.</param>
/// <param name="MinPerSecond">Allowed whatever the share is.</param>
public sealed record RetryBudgetConfig(int Percent, int MinPerSecond, TimeSpan Interval);

/// <summary>When an endpoint is taken out for what it answers, and for how long.</summary>
/// <param name="Consecutive5xx">Failures in a row that eject; 0 for never.</param>
/// <param name="ConsecutiveGatewayErrors">502, 503, 504 and failed connections in a row that eject; 0 for never.</param>
/// <param name="Interval">How often shares of failures are compared.</param>
/// <param name="BaseEjectionTime">Times the number of ejections so far is how long one lasts.</param>
/// <param name="MaxEjectionPercent">Share of the endpoints that may be out at once; one may always.</param>
public sealed record OutlierConfig(
    int Consecutive5xx,
    int ConsecutiveGatewayErrors,
    TimeSpan Interval,
    TimeSpan BaseEjectionTime,
    TimeSpan MaxEjectionTime,
    int MaxEjectionPercent,
    SuccessRateConfig? SuccessRate,
    FailurePercentageConfig? FailurePercentage);

/// <summary>Ejects who succeeds less often than the mean of its peers minus so many standard deviations.</summary>
/// <param name="StdevFactor">1.9 ejects below mean − 1.9 σ.</param>
/// <param name="MinimumHosts">With fewer endpoints that have enough requests nobody is judged.</param>
/// <param name="RequestVolume">Requests that an endpoint needs within the interval to be judged.</param>
public sealed record SuccessRateConfig(double StdevFactor, int MinimumHosts, int RequestVolume);

/// <param name="Threshold">Percent of failed requests from which an endpoint is ejected.</param>
/// <param name="MinimumHosts">With fewer endpoints that have enough requests nobody is judged.</param>
/// <param name="RequestVolume">Requests that an endpoint needs within the interval to be judged.</param>
public sealed record FailurePercentageConfig(int Threshold, int MinimumHosts, int RequestVolume);

/// <summary>An endpoint that is new, or back, gets less than its share at first: <c>max(minimum, (age / window)^(1 / aggression))</c> of it.</summary>
/// <param name="Aggression">1 grows linearly, more grows faster at first.</param>
public sealed record SlowStartConfig(TimeSpan Window, double Aggression, int MinWeightPercent);

/// <summary>Endpoints are used in the order of what it costs to reach their zone.</summary>
/// <param name="OverprovisioningPercent">140: a zone takes all requests until fewer than 1/1.4 of its endpoints are healthy.</param>
/// <param name="EndpointCapacity">Requests in flight to an endpoint from one sidecar above which the next zone is asked; 0 for no limit.</param>
/// <param name="EgressCosts">Replace 0 for the same zone, 1 for the same region, 2 for elsewhere.</param>
public sealed record LocalityConfig(int OverprovisioningPercent, int EndpointCapacity, IReadOnlyList<EgressCost> EgressCosts);

/// <summary>What it costs to send from one zone to another, in any unit; cheaper zones are preferred.</summary>
public sealed record EgressCost(string From, string To, double Cost);

public enum HealthCheckKind
{
    /// <summary>A GET with an expected status.</summary>
    Http,

    /// <summary><c>grpc.health.v1.Health/Check</c> answers SERVING.</summary>
    Grpc,

    /// <summary>A connection is accepted.</summary>
    Tcp,
}

/// <param name="Path">HTTP: what is asked for.</param>
/// <param name="Service">gRPC: the name asked about; may be empty.</param>
/// <param name="Statuses">HTTP: the good ones.</param>
/// <param name="UnhealthyThreshold">Failed checks in a row that make an endpoint unhealthy.</param>
/// <param name="HealthyThreshold">Good checks in a row that make it healthy again.</param>
public sealed record HealthCheckConfig(
    HealthCheckKind Kind,
    string Path,
    string Service,
    IReadOnlyList<int> Statuses,
    TimeSpan Interval,
    TimeSpan Timeout,
    int UnhealthyThreshold,
    int HealthyThreshold);
