using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;

namespace MeshInsight.Proxy.Tests.Support;

/// <summary>Clusters without a network, to pick from.</summary>
internal static class Endpoints
{
    public const string ClusterName = "checkout/v1";

    public static EndpointConfig One(string id, string zone = "", int weight = 1, bool isReady = true, int keep = 100) =>
        new(id, $"{id}.test:80", "v1", zone, keep) { Weight = weight, IsReady = isReady };

    public static IEnumerable<EndpointConfig> Many(int count) => Enumerable.Range(0, count).Select(i => One($"c{i}"));

    public static ClusterConfig Cluster(TrafficPolicy policy, params IEnumerable<EndpointConfig> endpoints) =>
        new(ClusterName, "checkout", "v1", ClusterProtocol.Http, [.. endpoints]) { Policy = policy };

    public static ClusterState Build(TimeProvider time, TrafficPolicy policy, params IEnumerable<EndpointConfig> endpoints) =>
        Table(time, policy, endpoints).Find(ClusterName)!;

    public static ClusterTable Table(TimeProvider time, TrafficPolicy policy, params IEnumerable<EndpointConfig> endpoints) =>
        ClusterTable.Build([Cluster(policy, endpoints)], ClusterTable.Empty, time);

    public static TrafficPolicy Balanced(BalancerKind kind) => TrafficPolicy.None with
    {
        Balancer = new(kind, kind is BalancerKind.RingHash or BalancerKind.Maglev ? new(HashSource.Header, "x-user", TimeSpan.Zero, "/") : null),
    };

    public static EndpointState Find(this ClusterState cluster, string id) => cluster.Endpoints.ToArray().Single(e => e.Config.InstanceId == id);

    /// <summary>Share of the picks that each instance gets; those that get none are absent.</summary>
    public static Dictionary<string, double> Shares(this ClusterState cluster, int picks, EndpointState? avoid = null, Func<int, ulong>? hash = null)
    {
        var random = new ConcurrentRandom(7);
        return Enumerable.Range(0, picks)
            .Select(i => cluster.Pick(random, avoid, hash?.Invoke(i) ?? 0)!.Config.InstanceId)
            .GroupBy(id => id)
            .ToDictionary(g => g.Key, g => g.Count() / (double)picks);
    }
}
