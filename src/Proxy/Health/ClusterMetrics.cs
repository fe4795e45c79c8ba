using MeshInsight.Proxy.Balance;
using MeshInsight.Proxy.Metrics;
using MeshInsight.Proxy.Protect;

namespace MeshInsight.Proxy.Health;

/// <summary>Health and circuit breakers of every cluster that was called, under Envoy's names so that dashboards made for Envoy read them.</summary>
internal sealed class ClusterMetrics(Func<IReadOnlyCollection<ClusterState>> all, CircuitBreakers breakers, ActiveHealthChecker checker) : IMetricPart
{
    public void Render(PrometheusText text)
    {
        var clusters = all().Where(c => c.Memory.IsUsed).OrderBy(c => c.Config.Name, StringComparer.Ordinal).ToList();
        Family(text, MetricTable.MembershipTotal, clusters, c => c.Endpoints.Length);
        Family(text, MetricTable.MembershipHealthy, clusters, c => Count(c, e => e.Usability == Usability.Healthy));
        Family(text, MetricTable.Panicking, clusters, c => c.IsPanicking ? 1 : 0);
        var ejecting = clusters.FindAll(c => c.Config.Policy.Outlier is not null);
        Family(text, MetricTable.EjectionsActive, ejecting, c => Count(c, e => e.Health.IsEjected));
        Family(text, MetricTable.Ejections, ejecting, c => c.Memory.Ejections);
        Family(text, MetricTable.EjectionsRefused, ejecting, c => c.Memory.EjectionsRefused);
        var checking = clusters.FindAll(c => c.Config.Policy.HealthCheck is not null);
        Family(text, MetricTable.HealthChecks, checking, c => checker.Counts(c.Config.Name).Checks);
        Family(text, MetricTable.HealthCheckFailures, checking, c => checker.Counts(c.Config.Name).Failures);
        RenderBreakers(text, clusters.FindAll(c => c.Config.Policy.Breaker is not null));
    }

    private static void Family(PrometheusText text, MetricInfo info, List<ClusterState> clusters, Func<ClusterState, double> value)
    {
        text.Family(info);
        clusters.ForEach(c => text.Sample(info.Name, PrometheusText.Labels([new("envoy_cluster_name", c.Config.Name)]), value(c)));
    }

    private static int Count(ClusterState cluster, Func<EndpointState, bool> holds)
    {
        int count = 0;
        foreach (var endpoint in cluster.Endpoints)
        {
            count += holds(endpoint) ? 1 : 0;
        }

        return count;
    }

    private void RenderBreakers(PrometheusText text, List<ClusterState> clusters)
    {
        void Breakers(MetricInfo info, Func<CircuitBreaker, double> value) => Family(text, info, clusters, c => value(breakers.For(c.Config)!));

        Breakers(MetricTable.BreakerRequests, b => b.Active);
        Breakers(MetricTable.BreakerPending, b => b.Pending);
        Breakers(MetricTable.ConnectionsOpen, b => b.Active >= b.Limits.MaxConnections ? 1 : 0);
        Breakers(MetricTable.PendingOpen, b => b.Pending >= b.Limits.MaxPendingRequests ? 1 : 0);
        Breakers(MetricTable.RequestsOpen, b => b.Active >= b.Limits.MaxRequests ? 1 : 0);
        Breakers(MetricTable.RetriesOpen, b => b.Retries >= b.Limits.MaxRetries ? 1 : 0);
        Breakers(MetricTable.ConnectionOverflow, b => b.ConnectionOverflows);
        Breakers(MetricTable.PendingOverflow, b => b.PendingOverflows);
        Breakers(MetricTable.RetryOverflow, b => b.RetryOverflows);
    }
}
