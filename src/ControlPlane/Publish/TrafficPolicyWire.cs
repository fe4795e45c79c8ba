using MeshInsight.Contracts.Mesh;
using Wire = MeshInsight.Control.V1;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>A cluster's traffic policy as control.proto has it.</summary>
internal static class TrafficPolicyWire
{
    public static Wire.TrafficPolicy Write(TrafficPolicy policy)
    {
        var message = new Wire.TrafficPolicy
        {
            Balancer = (Wire.TrafficPolicy.Types.Balancer)policy.Balancer.Kind,
            Hash = policy.Balancer.Hash is { } hash ? Write(hash) : null,
            Breaker = policy.Breaker is { } breaker ? Write(breaker) : null,
            Outlier = policy.Outlier is { } outlier ? Write(outlier) : null,
            PanicPercent = policy.PanicPercent,
            SlowStart = policy.SlowStart is { } slowStart ? Write(slowStart) : null,
            Locality = policy.Locality is { } locality ? Write(locality) : null,
            HealthCheck = policy.HealthCheck is { } check ? Write(check) : null,
            RetryBudget = policy.RetryBudget is { } budget
                ? new() { Percent = budget.Percent, MinPerSecond = budget.MinPerSecond, IntervalMillis = (long)budget.Interval.TotalMilliseconds }
                : null,
            Tcp = new() { ConnectTimeoutMillis = (long)policy.Tcp.ConnectTimeout.TotalMilliseconds, IdleTimeoutMillis = (long)policy.Tcp.IdleTimeout.TotalMilliseconds },
        };
        message.SafeMethods.AddRange(policy.SafeMethods);
        return message;
    }

    private static Wire.Hash Write(HashConfig hash) => new()
    {
        Source = (Wire.Hash.Types.Source)hash.Source,
        Name = hash.Name,
        CookieLifeMillis = (long)hash.CookieLife.TotalMilliseconds,
        CookiePath = hash.CookiePath,
    };

    private static Wire.Breaker Write(BreakerConfig breaker) => new()
    {
        MaxConnections = breaker.MaxConnections,
        MaxPendingRequests = breaker.MaxPendingRequests,
        MaxRequests = breaker.MaxRequests,
        MaxRetries = breaker.MaxRetries,
    };

    private static Wire.Outlier Write(OutlierConfig outlier) => new()
    {
        Consecutive5Xx = outlier.Consecutive5xx,
        ConsecutiveGatewayErrors = outlier.ConsecutiveGatewayErrors,
        IntervalMillis = SnapshotWire.Millis(outlier.Interval),
        BaseEjectionMillis = SnapshotWire.Millis(outlier.BaseEjectionTime),
        MaxEjectionMillis = SnapshotWire.Millis(outlier.MaxEjectionTime),
        MaxEjectionPercent = outlier.MaxEjectionPercent,
        SuccessRate = outlier.SuccessRate is { } rate
            ? new() { StdevFactor = rate.StdevFactor, MinimumHosts = rate.MinimumHosts, RequestVolume = rate.RequestVolume }
            : null,
        FailurePercentage = outlier.FailurePercentage is { } share
            ? new() { Threshold = share.Threshold, MinimumHosts = share.MinimumHosts, RequestVolume = share.RequestVolume }
            : null,
    };

    private static Wire.SlowStart Write(SlowStartConfig slowStart) => new()
    {
        WindowMillis = SnapshotWire.Millis(slowStart.Window),
        Aggression = slowStart.Aggression,
        MinWeightPercent = slowStart.MinWeightPercent,
    };

    private static Wire.Locality Write(LocalityConfig locality)
    {
        var message = new Wire.Locality { OverprovisioningPercent = locality.OverprovisioningPercent, EndpointCapacity = locality.EndpointCapacity };
        message.EgressCosts.AddRange(locality.EgressCosts.Select(c => new Wire.EgressCost { From = c.From, To = c.To, Cost = c.Cost }));
        return message;
    }

    private static Wire.HealthCheck Write(HealthCheckConfig check)
    {
        var message = new Wire.HealthCheck
        {
            Kind = (Wire.HealthCheck.Types.Kind)check.Kind,
            Path = check.Path,
            Service = check.Service,
            IntervalMillis = SnapshotWire.Millis(check.Interval),
            TimeoutMillis = SnapshotWire.Millis(check.Timeout),
            UnhealthyThreshold = check.UnhealthyThreshold,
            HealthyThreshold = check.HealthyThreshold,
        };
        message.Statuses.AddRange(check.Statuses);
        return message;
    }
}
