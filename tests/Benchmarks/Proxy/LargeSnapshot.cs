using System.Globalization;
using MeshInsight.Control.V1;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>A mesh of many services with a route and a cluster each.</summary>
internal static class LargeSnapshot
{
    public const int Services = 2000;
    public const int EndpointsPerService = 5;

    public static Snapshot Of(long version, string address)
    {
        var snapshot = new Snapshot { Version = version, Epoch = "bench" };
        for (int s = 0; s < Services; s++)
        {
            string name = "service-" + s.ToString(CultureInfo.InvariantCulture);
            var cluster = new Cluster { Name = name, Service = name };
            for (int e = 0; e < EndpointsPerService; e++)
            {
                cluster.Endpoints.Add(new Endpoint { InstanceId = $"{name}-{e}", Address = address, KeepPercent = 100, Version = "v1", Zone = "eu/a" });
            }

            snapshot.Clusters.Add(cluster);
            snapshot.Routes.Add(new Route { Name = name, Service = name, Clusters = { new WeightedCluster { Cluster = name, Weight = 1 } } });
        }

        return snapshot;
    }
}
