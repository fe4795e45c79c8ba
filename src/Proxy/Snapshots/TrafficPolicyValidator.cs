using MeshInsight.Contracts.Mesh;
using static MeshInsight.Proxy.Snapshots.SnapshotChecks;

namespace MeshInsight.Proxy.Snapshots;

/// <summary>What of a traffic policy would make a sidecar misbehave: field, value, what is allowed.</summary>
internal static class TrafficPolicyValidator
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    public static IReadOnlyList<string> Problems(TrafficPolicy policy)
    {
        var problems = new List<string>();
        Balancer(policy.Balancer, problems);
        Range("panicPercent", policy.PanicPercent, 0, 100, problems);
        if (policy.Breaker is { } breaker)
        {
            Range("breaker.maxConnections", breaker.MaxConnections, 1, int.MaxValue, problems);
            Range("breaker.maxPendingRequests", breaker.MaxPendingRequests, 0, int.MaxValue, problems);
            Range("breaker.maxRequests", breaker.MaxRequests, 1, int.MaxValue, problems);
            Range("breaker.maxRetries", breaker.MaxRetries, 0, int.MaxValue, problems);
        }

        if (policy.RetryBudget is { } budget)
        {
            Range("retryBudget.percent", budget.Percent, 0, 100, problems);
            Range("retryBudget.minPerSecond", budget.MinPerSecond, 0, 10_000, problems);
            Duration("retryBudget.interval", budget.Interval, problems);
        }

        Duration("tcp.connectTimeout", policy.Tcp.ConnectTimeout, problems);
        if (policy.Tcp.IdleTimeout != TimeSpan.Zero)
        {
            Duration("tcp.idleTimeout", policy.Tcp.IdleTimeout, problems);
        }

        if (policy.Outlier is { } outlier)
        {
            Outlier(outlier, problems);
        }

        if (policy.SlowStart is { } slowStart)
        {
            Duration("slowStart.window", slowStart.Window, problems);
            Range("slowStart.minWeightPercent", slowStart.MinWeightPercent, 1, 100, problems);
            Above0("slowStart.aggression", slowStart.Aggression, problems);
        }

        if (policy.Locality is { } locality)
        {
            Range("locality.overprovisioningPercent", locality.OverprovisioningPercent, 100, 1000, problems);
            Range("locality.endpointCapacity", locality.EndpointCapacity, 0, int.MaxValue, problems);
            problems.AddRange(locality.EgressCosts.Where(c => !(c.Cost >= 0)).Select(c => FormattableString.Invariant($"locality.egressCosts from '{c.From}' to '{c.To}' is {c.Cost}; it cannot be negative.")));
        }

        if (policy.HealthCheck is { } check)
        {
            HealthCheck(check, problems);
        }

        return problems;
    }

    private static void Balancer(BalancerConfig balancer, List<string> problems)
    {
        if (!Enum.IsDefined(balancer.Kind))
        {
            problems.Add($"balancer {(int)balancer.Kind} is not known.");
        }

        if (balancer.Kind is BalancerKind.RingHash or BalancerKind.Maglev && balancer.Hash is null)
        {
            problems.Add($"balancer {balancer.Kind} has no hash; it needs a header, a cookie or the source.");
        }

        if (balancer.Hash is { } hash && (!Enum.IsDefined(hash.Source) || (hash.Source != HashSource.Source && hash.Name.Length == 0)))
        {
            problems.Add($"hash by {hash.Source} has the name '{hash.Name}'; it needs a header, a cookie, each with its name, or the source.");
        }
    }

    private static void Outlier(OutlierConfig outlier, List<string> problems)
    {
        Range("outlier.consecutive5xx", outlier.Consecutive5xx, 0, int.MaxValue, problems);
        Range("outlier.consecutiveGatewayErrors", outlier.ConsecutiveGatewayErrors, 0, int.MaxValue, problems);
        Duration("outlier.interval", outlier.Interval, problems);
        Duration("outlier.baseEjectionTime", outlier.BaseEjectionTime, problems);
        Duration("outlier.maxEjectionTime", outlier.MaxEjectionTime, problems);
        Range("outlier.maxEjectionPercent", outlier.MaxEjectionPercent, 0, 100, problems);
        if (outlier.SuccessRate is { } rate)
        {
            Above0("outlier.successRate.stdevFactor", rate.StdevFactor, problems);
            Range("outlier.successRate.minimumHosts", rate.MinimumHosts, 1, int.MaxValue, problems);
            Range("outlier.successRate.requestVolume", rate.RequestVolume, 1, int.MaxValue, problems);
        }

        if (outlier.FailurePercentage is { } share)
        {
            Range("outlier.failurePercentage.threshold", share.Threshold, 1, 100, problems);
            Range("outlier.failurePercentage.minimumHosts", share.MinimumHosts, 1, int.MaxValue, problems);
            Range("outlier.failurePercentage.requestVolume", share.RequestVolume, 1, int.MaxValue, problems);
        }
    }

    private static void HealthCheck(HealthCheckConfig check, List<string> problems)
    {
        if (!Enum.IsDefined(check.Kind))
        {
            problems.Add($"healthCheck kind {(int)check.Kind} is not known.");
        }

        if (check.Kind == HealthCheckKind.Http && (!check.Path.StartsWith('/') || check.Statuses.Count == 0))
        {
            problems.Add($"healthCheck has path '{check.Path}' and {check.Statuses.Count} statuses; it needs a path that starts with '/' and a status.");
        }

        Duration("healthCheck.interval", check.Interval, problems);
        Duration("healthCheck.timeout", check.Timeout, problems);
        Range("healthCheck.unhealthyThreshold", check.UnhealthyThreshold, 1, int.MaxValue, problems);
        Range("healthCheck.healthyThreshold", check.HealthyThreshold, 1, int.MaxValue, problems);
    }

    private static void Above0(string field, double value, List<string> problems)
    {
        if (!(value > 0 && double.IsFinite(value)))
        {
            problems.Add(FormattableString.Invariant($"{field} is {value}; it must be above 0."));
        }
    }

    private static void Duration(string field, TimeSpan value, List<string> problems)
    {
        if (value <= TimeSpan.Zero || value > Longest)
        {
            problems.Add(FormattableString.Invariant($"{field} is {value.TotalMilliseconds} ms; allowed are 1 ms to 24 h."));
        }
    }
}
