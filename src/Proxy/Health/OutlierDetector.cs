using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;

namespace MeshInsight.Proxy.Health;

/// <summary>What a try says about the endpoint it went to.</summary>
internal enum TryOutcome
{
    Success,

    /// <summary>A 5xx, or the gRPC status that stands for one.</summary>
    Failure,

    /// <summary>502, 503, 504, or no response at all.</summary>
    GatewayFailure,

    /// <summary>Nothing: the client left first.</summary>
    Unknown,
}

/// <summary>
/// Takes endpoints out for what they answer, and back in when one real request succeeds there (<see cref="EndpointHealth"/> has the
/// transitions). Failures in a row are judged with the try that makes them, shares of failures once an interval by
/// <see cref="OutlierSweep"/>, with the first try after it is over. Thread-safe; nothing is kept here.
/// </summary>
internal sealed class OutlierDetector(TimeProvider time)
{
    public void Observe(ClusterState cluster, EndpointState endpoint, TryOutcome outcome)
    {
        if (cluster.Config.Policy.Outlier is not { } config)
        {
            return;
        }

        if (endpoint.Health.IsEjected)
        {
            ObserveProbe(cluster, endpoint, config, outcome);
        }
        else
        {
            Count(cluster, endpoint, config, outcome);
        }

        if (cluster.Memory.TryTakeSweep(time.GetTimestamp(), (long)(config.Interval.TotalSeconds * time.TimestampFrequency)))
        {
            OutlierSweep.Run(cluster, config);
        }
    }

    /// <summary>Ejects unless too many are out already; one may always be.</summary>
    internal static void Eject(ClusterState cluster, EndpointState endpoint, OutlierConfig config)
    {
        lock (cluster.Memory.Lock)
        {
            if (endpoint.Health.IsEjected)
            {
                return;
            }

            int ejected = 0;
            foreach (var other in cluster.Endpoints)
            {
                ejected += other.Health.IsEjected ? 1 : 0;
            }

            if (ejected > 0 && (ejected + 1) * 100L > (long)config.MaxEjectionPercent * cluster.Endpoints.Length)
            {
                cluster.Memory.CountRefusedEjection();
                return;
            }

            EjectLocked(cluster, endpoint, config);
        }
    }

    private static void EjectLocked(ClusterState cluster, EndpointState endpoint, OutlierConfig config)
    {
        double lasts = config.BaseEjectionTime.TotalSeconds * (endpoint.Health.Ejections + 1);
        endpoint.Health.Eject(TimeSpan.FromSeconds(Math.Min(lasts, config.MaxEjectionTime.TotalSeconds)));
        cluster.Memory.CountEjection();
    }

    private static void Count(ClusterState cluster, EndpointState endpoint, OutlierConfig config, TryOutcome outcome)
    {
        var health = endpoint.Health;
        if (outcome == TryOutcome.Success)
        {
            health.CountSuccess();
        }
        else if (outcome != TryOutcome.Unknown)
        {
            health.CountFailure(outcome == TryOutcome.GatewayFailure);
            if ((config.Consecutive5xx > 0 && health.Consecutive5xx >= config.Consecutive5xx)
                || (config.ConsecutiveGatewayErrors > 0 && health.ConsecutiveGatewayErrors >= config.ConsecutiveGatewayErrors))
            {
                Eject(cluster, endpoint, config);
            }
        }
    }

    // Requests that were on their way when it was ejected, or that went there in a panic, say nothing that the ejection does not.
    private static void ObserveProbe(ClusterState cluster, EndpointState endpoint, OutlierConfig config, TryOutcome outcome)
    {
        lock (cluster.Memory.Lock)
        {
            var health = endpoint.Health;
            if (!health.IsEjected || !health.IsProbing)
            {
                return;
            }

            switch (outcome)
            {
                case TryOutcome.Success:
                    health.Return();
                    break;
                case TryOutcome.Unknown:
                    health.AbandonProbe();
                    break;
                default:
                    EjectLocked(cluster, endpoint, config);
                    break;
            }
        }
    }
}
