using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;

namespace MeshInsight.Proxy.Health;

/// <summary>
/// Compares the endpoints of a cluster over the interval that has just ended, by Envoy's two rules: who succeeds less often than the mean
/// of those with enough requests minus a number of standard deviations, and who fails more than a fixed share. An endpoint in two clusters
/// has one count, closed by whichever sweeps first.
/// </summary>
internal static class OutlierSweep
{
    public static void Run(ClusterState cluster, OutlierConfig config)
    {
        foreach (var endpoint in cluster.Endpoints)
        {
            endpoint.Health.CloseWindow();
            Forgive(cluster, endpoint);
        }

        if (config.SuccessRate is { } rate)
        {
            JudgeSuccessRate(cluster, config, rate);
        }

        if (config.FailurePercentage is { } share)
        {
            JudgeFailurePercentage(cluster, config, share);
        }
    }

    // A good interval shortens the next ejection again.
    private static void Forgive(ClusterState cluster, EndpointState endpoint)
    {
        lock (cluster.Memory.Lock)
        {
            if (!endpoint.Health.IsEjected && endpoint.Health.Ejections > 0)
            {
                endpoint.Health.Ejections--;
            }
        }
    }

    private static void JudgeSuccessRate(ClusterState cluster, OutlierConfig config, SuccessRateConfig rate)
    {
        var (count, sum, squares) = (0, 0.0, 0.0);
        foreach (var endpoint in cluster.Endpoints)
        {
            if (IsJudged(endpoint, rate.RequestVolume))
            {
                double success = SuccessRate(endpoint);
                count++;
                sum += success;
                squares += success * success;
            }
        }

        if (count < rate.MinimumHosts || count == 0)
        {
            return;
        }

        double mean = sum / count;
        double deviation = Math.Sqrt(Math.Max(0, (squares / count) - (mean * mean)));
        double floor = mean - (rate.StdevFactor * deviation);
        foreach (var endpoint in cluster.Endpoints)
        {
            if (IsJudged(endpoint, rate.RequestVolume) && SuccessRate(endpoint) < floor)
            {
                OutlierDetector.Eject(cluster, endpoint, config);
            }
        }
    }

    private static void JudgeFailurePercentage(ClusterState cluster, OutlierConfig config, FailurePercentageConfig share)
    {
        int count = 0;
        foreach (var endpoint in cluster.Endpoints)
        {
            count += IsJudged(endpoint, share.RequestVolume) ? 1 : 0;
        }

        if (count < share.MinimumHosts)
        {
            return;
        }

        foreach (var endpoint in cluster.Endpoints)
        {
            if (IsJudged(endpoint, share.RequestVolume) && 1 - SuccessRate(endpoint) >= share.Threshold / 100.0)
            {
                OutlierDetector.Eject(cluster, endpoint, config);
            }
        }
    }

    private static bool IsJudged(EndpointState endpoint, int volume) => !endpoint.Health.IsEjected && endpoint.Health.Window.Requests >= volume;

    private static double SuccessRate(EndpointState endpoint) => 1 - (endpoint.Health.Window.Failures / (double)endpoint.Health.Window.Requests);
}
