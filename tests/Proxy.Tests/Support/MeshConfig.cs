using MeshInsight.Contracts.Mesh;
using MeshInsight.Control.V1;
using MeshInsight.Proxy.Accept;

namespace MeshInsight.Proxy.Tests.Support;

/// <summary>Snapshots as the control plane would send them.</summary>
internal static class MeshConfig
{
    public static Snapshot Of(IEnumerable<Route> routes, IEnumerable<Cluster> clusters)
    {
        var snapshot = new Snapshot { Version = 1, Epoch = "test" };
        snapshot.Routes.AddRange(routes);
        snapshot.Clusters.AddRange(clusters);
        return snapshot;
    }

    public static Route Route(string service, params ReadOnlySpan<(string Cluster, int Weight)> clusters)
    {
        var route = new Route { Name = service, Service = service };
        foreach (var (cluster, weight) in clusters)
        {
            route.Clusters.Add(new Control.V1.WeightedCluster { Cluster = cluster, Weight = weight });
        }

        return route;
    }

    public static Retry Retry(int attempts, params int[] codes)
    {
        var retry = new Retry { Attempts = attempts, BackoffMillis = 1, BudgetPercent = 20, BudgetMinPerSecond = 10 };
        retry.Codes.AddRange(codes);
        return retry;
    }

    public static Cluster Cluster(string service, string version, ClusterProtocol protocol, params Sidecar[] instances) =>
        Cluster(service, version, protocol, [.. instances.Select(i => i.Url(ListenerSide.Inbound).Authority)]);

    public static Cluster Cluster(string service, string version, ClusterProtocol protocol, params string[] addresses)
    {
        var cluster = new Cluster { Name = $"{service}/{version}", Service = service, Version = version, Protocol = (Protocol)protocol };
        foreach (string address in addresses)
        {
            cluster.Endpoints.Add(new Endpoint { InstanceId = $"{service}-{version}@{address}", Address = address, Version = version, KeepPercent = 100 });
        }

        return cluster;
    }
}
