namespace MeshInsight.Contracts.Mesh;

/// <summary>How many requests a service takes; Linkerd's HTTPLocalRateLimitPolicy (https://linkerd.io/2/reference/rate-limiting) with matches and a limit over all sidecars. What is null is no limit.</summary>
/// <param name="Services">Empty: every service, each sidecar for itself.</param>
/// <param name="Matches">Any of these; empty: every request.</param>
/// <param name="Total">Of all callers together.</param>
/// <param name="Identity">Of each caller that no override names.</param>
/// <param name="Global">Counted over all sidecars of the services together, by the control plane.</param>
public sealed record RateLimitConfig(
    string Name,
    IReadOnlyList<string> Services,
    IReadOnlyList<RouteMatch> Matches,
    RateConfig? Total,
    RateConfig? Identity,
    IReadOnlyList<RateOverride> Overrides,
    GlobalRateLimit? Global);

/// <summary>A token bucket.</summary>
/// <param name="RequestsPerSecond">Above 0; may be a fraction.</param>
/// <param name="Burst">Requests at once after a pause; at least 1.</param>
public sealed record RateConfig(double RequestsPerSecond, int Burst)
{
    public const double Highest = 1e6;
}

/// <param name="Clients">Services that share this rate, instead of one each of <see cref="RateLimitConfig.Identity"/>.</param>
public sealed record RateOverride(RateConfig Rate, IReadOnlyList<string> Clients);

public enum LimitFailureMode
{
    /// <summary>Requests pass while the control plane is away.</summary>
    Open,

    /// <summary>Requests are refused while the control plane is away.</summary>
    Closed,
}

public enum LimitKeySource
{
    /// <summary>Who calls, as mutual TLS has proved.</summary>
    Identity,

    /// <summary>The value of a header; a request without it is not limited.</summary>
    Header,

    /// <summary>The route that the request matched.</summary>
    Route,
}

/// <param name="Name">Of the header; empty for the others.</param>
public readonly record struct LimitKeyPart(LimitKeySource Source, string Name);

/// <summary>One bucket for each combination of the key's values, shared by all sidecars.</summary>
/// <param name="Key">At most <see cref="MaxKeyParts"/>; empty: one bucket for all requests.</param>
/// <param name="Timeout">How long a request waits for tokens that the sidecar has yet to fetch.</param>
public sealed record GlobalRateLimit(RateConfig Rate, IReadOnlyList<LimitKeyPart> Key, LimitFailureMode FailureMode, TimeSpan Timeout)
{
    public const int MaxKeyParts = 3;

    /// <summary>Tokens that a sidecar has fetched and not used by then are lost.</summary>
    public static TimeSpan LeaseLife { get; } = TimeSpan.FromSeconds(1);
}
