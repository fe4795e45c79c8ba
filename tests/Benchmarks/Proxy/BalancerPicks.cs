using MeshInsight.Benchmarks.Harness;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy;
using MeshInsight.Proxy.Balance;
using MeshInsight.Proxy.Health;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>What picking an endpoint costs a request: each balancer among 50 endpoints, then with everything a policy can add; and what a new plan costs.</summary>
internal sealed class BalancerPicks : IBenchmark
{
    private const int Endpoints = 50;
    private const int PicksPerRun = 1000;

    public string Name => nameof(BalancerPicks);

    public string Summary => "Endpoint picks per balancer, and plans made when health changes";

    public IReadOnlyList<BenchmarkRow> Run()
    {
        var rows = new List<BenchmarkRow>();
        foreach (var kind in Enum.GetValues<BalancerKind>())
        {
            rows.Add(Picks(kind.ToString(), Balanced(kind)));
        }

        var everything = Balanced(BalancerKind.PeakEwma) with
        {
            Outlier = new(5, 0, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(300), 10, new(1.9, 5, 100), new(85, 5, 50)),
            SlowStart = new(TimeSpan.FromHours(1), 1, 10),
            Locality = new(140, 100, []),
        };
        rows.Add(Picks("PeakEwma, all parts of a policy", everything));
        rows.Add(Plans("plan for PeakEwma", Balanced(BalancerKind.PeakEwma)));
        rows.Add(Plans("plan for RingHash", Balanced(BalancerKind.RingHash)));
        rows.Add(Plans("plan for Maglev", Balanced(BalancerKind.Maglev)));
        return rows;
    }

    private static TrafficPolicy Balanced(BalancerKind kind) => TrafficPolicy.None with { Balancer = new(kind, null) };

    private static ClusterState Build(TrafficPolicy policy)
    {
        var endpoints = Enumerable.Range(0, Endpoints).Select(i => new EndpointConfig($"c{i}", $"10.0.0.{i}:80", "v1", i % 2 == 0 ? "eu/a" : "eu/b", 100));
        var config = new ClusterConfig("checkout/v1", "checkout", "v1", ClusterProtocol.Http, [.. endpoints]) { Policy = policy };
        return ClusterTable.Build([config], ClusterTable.Empty, TimeProvider.System, "eu/a").Find(config.Name)!;
    }

    private static BenchmarkRow Picks(string name, TrafficPolicy policy)
    {
        var cluster = Build(policy);
        var random = new ConcurrentRandom(1);
        var outliers = new OutlierDetector(TimeProvider.System);
        ulong key = 1;
        return Row(name, "per pick", PicksPerRun, CpuMeasurement.Of(() =>
        {
            for (int i = 0; i < PicksPerRun; i++)
            {
                var endpoint = cluster.Pick(random, null, KeyHash.Mix(key++))!;
                endpoint.Begin();
                endpoint.End(TimeSpan.FromMilliseconds(1), isFailure: false);
                outliers.Observe(cluster, endpoint, TryOutcome.Success);
            }
        }));
    }

    private static BenchmarkRow Plans(string name, TrafficPolicy policy)
    {
        var cluster = Build(policy);
        var random = new ConcurrentRandom(1);
        var health = cluster.Endpoints[0].Health;
        return Row(name, "per plan", 1, CpuMeasurement.Of(() =>
        {
            health.IsUnhealthy = !health.IsUnhealthy;
            cluster.Pick(random, null);
        }));
    }

    private static BenchmarkRow Row(string name, string what, int perRun, CpuMeasurement cost)
    {
        double count = (double)cost.Runs * perRun;
        return new(name, cost.CpuSeconds, [new(what, 1e9 * cost.CpuSeconds / count, "ns"), new("allocated", cost.AllocatedBytes / count, "B")]);
    }
}
