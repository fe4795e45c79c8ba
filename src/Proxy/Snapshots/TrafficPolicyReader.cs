using MeshInsight.Contracts.Mesh;
using Wire = MeshInsight.Control.V1;

namespace MeshInsight.Proxy.Snapshots;

/// <summary>The wire's traffic policy as ours. Values only; <see cref="TrafficPolicyValidator"/> says whether they make sense.</summary>
internal static class TrafficPolicyReader
{
    public static TrafficPolicy Read(Wire.TrafficPolicy policy) => new(
        new((BalancerKind)policy.Balancer, policy.Hash is { } hash ? Read(hash) : null),
        policy.Breaker is { } breaker ? new(breaker.MaxConnections, breaker.MaxPendingRequests, breaker.MaxRequests, breaker.MaxRetries) : null,
        policy.Outlier is { } outlier ? Read(outlier) : null,
        policy.PanicPercent,
        policy.SlowStart is { } slowStart ? new(Millis(slowStart.WindowMillis), slowStart.Aggression, slowStart.MinWeightPercent) : null,
        policy.Locality is { } locality ? Read(locality) : null,
        policy.HealthCheck is { } check ? Read(check) : null,
        [.. policy.SafeMethods])
    {
        RetryBudget = policy.RetryBudget is { } budget ? new(budget.Percent, budget.MinPerSecond, Millis(budget.IntervalMillis)) : null,
        Tcp = policy.Tcp is { } tcp ? new(Millis(tcp.ConnectTimeoutMillis), Millis(tcp.IdleTimeoutMillis)) : TcpConfig.Default,
    };

    private static HashConfig Read(Wire.Hash hash) => new((HashSource)hash.Source, hash.Name, Millis(hash.CookieLifeMillis), hash.CookiePath);

    private static OutlierConfig Read(Wire.Outlier outlier) => new(
        outlier.Consecutive5Xx,
        outlier.ConsecutiveGatewayErrors,
        Millis(outlier.IntervalMillis),
        Millis(outlier.BaseEjectionMillis),
        Millis(outlier.MaxEjectionMillis),
        outlier.MaxEjectionPercent,
        outlier.SuccessRate is { } rate ? new(rate.StdevFactor, rate.MinimumHosts, rate.RequestVolume) : null,
        outlier.FailurePercentage is { } share ? new(share.Threshold, share.MinimumHosts, share.RequestVolume) : null);

    private static LocalityConfig Read(Wire.Locality locality) => new(
        locality.OverprovisioningPercent,
        locality.EndpointCapacity,
        [.. locality.EgressCosts.Select(c => new EgressCost(c.From, c.To, c.Cost))]);

    private static HealthCheckConfig Read(Wire.HealthCheck check) => new(
        (HealthCheckKind)check.Kind,
        check.Path,
        check.Service,
        [.. check.Statuses],
        Millis(check.IntervalMillis),
        Millis(check.TimeoutMillis),
        check.UnhealthyThreshold,
        check.HealthyThreshold);

    private static TimeSpan Millis(long millis) => TimeSpan.FromMilliseconds(millis);
}
