using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;

namespace MeshInsight.Proxy.Tests.Balance;

public sealed class LocalityTests
{
    private readonly ManualTimeProvider _clock = new();

    private ClusterState Build(string zone, LocalityConfig locality, params EndpointConfig[] endpoints) =>
        ClusterTable.Build([Endpoints.Cluster(TrafficPolicy.None with { Locality = locality, PanicPercent = 0 }, endpoints)], ClusterTable.Empty, _clock, zone).Find(Endpoints.ClusterName)!;

    private static EndpointConfig[] Zone(string zone, int ready, int away = 0) =>
        [.. Enumerable.Range(0, ready + away).Select(i => Endpoints.One($"{zone}-{i}".Replace('/', '-'), zone, isReady: i < ready))];

    private static double Share(Dictionary<string, double> shares, string prefix) => shares.Where(s => s.Key.StartsWith(prefix, StringComparison.Ordinal)).Sum(s => s.Value);

    private static LocalityConfig Locality(int capacity = 0, params EgressCost[] costs) => new(140, capacity, costs);

    [Fact]
    public void SameZone_TakesAll()
    {
        var cluster = Build("eu/a", Locality(), [.. Zone("eu/a", 2), .. Zone("eu/b", 2), .. Zone("us/a", 2)]);

        Assert.Equal(1, Share(cluster.Shares(1000), "eu-a"), 6);
    }

    [Theory]
    [InlineData(8, 2, 1.0)]
    [InlineData(5, 5, 0.7)]
    [InlineData(1, 9, 0.14)]
    public void SameZone_WithUnhealthyEndpoints_SpillsToItsRegionByTheirShare(int ready, int away, double stays)
    {
        var cluster = Build("eu/a", Locality(), [.. Zone("eu/a", ready, away), .. Zone("eu/b", 2), .. Zone("us/a", 2)]);

        var shares = cluster.Shares(20_000);

        Assert.InRange(Share(shares, "eu-a"), stays - 0.02, stays + 0.02);
        Assert.InRange(Share(shares, "eu-b"), 1 - stays - 0.02, 1 - stays + 0.02);
        Assert.Equal(0, Share(shares, "us-a"));
    }

    [Fact]
    public void NoEndpointInTheRegion_GoesElsewhere()
    {
        var cluster = Build("ap/a", Locality(), [.. Zone("eu/a", 0, 2), .. Zone("us/a", 2)]);

        Assert.Equal(1, Share(cluster.Shares(1000), "us-a"), 6);
    }

    [Fact]
    public void EgressCost_OverridesDistance()
    {
        var costs = new[] { new EgressCost("eu/a", "eu/b", 9), new EgressCost("eu/a", "us/a", 0.5), new EgressCost("us/a", "eu/b", 0) };
        var cluster = Build("eu/a", Locality(0, costs), [.. Zone("eu/b", 2), .. Zone("us/a", 2)]);

        Assert.Equal(1, Share(cluster.Shares(1000), "us-a"), 6);
    }

    [Fact]
    public void Capacity_WhenTheZoneIsFull_SpillsToTheNextCheapest()
    {
        var cluster = Build("eu/a", Locality(2), [.. Zone("eu/a", 2), .. Zone("eu/b", 1), .. Zone("us/a", 1)]);
        foreach (string full in new[] { "eu-a-0", "eu-a-1" })
        {
            cluster.Find(full).Begin();
            cluster.Find(full).Begin();
        }

        Assert.Equal(1, Share(cluster.Shares(500), "eu-b"), 6);
        cluster.Find("eu-b-0").Begin();
        cluster.Find("eu-b-0").Begin();
        Assert.Equal(1, Share(cluster.Shares(500), "us-a"), 6);
        cluster.Find("us-a-0").Begin();
        cluster.Find("us-a-0").Begin();
        Assert.Equal(1, Share(cluster.Shares(500), "eu-a"), 6);
        cluster.Find("eu-a-0").End(TimeSpan.FromMilliseconds(1), isFailure: false);
        Assert.InRange(Share(cluster.Shares(500), "eu-a"), 0.9, 1);
    }

    [Fact]
    public void Retry_WithOneEndpointInTheZone_LeavesIt()
    {
        var cluster = Build("eu/a", Locality(), [.. Zone("eu/a", 1), .. Zone("eu/b", 1)]);

        Assert.Equal(["eu-b-0"], cluster.Shares(100, cluster.Find("eu-a-0")).Keys);
    }

    [Fact]
    public void CallerWithoutAZone_UsesAll()
    {
        var cluster = Build("", Locality(), [.. Zone("eu/a", 1), .. Zone("us/a", 1)]);

        Assert.Equal(2, cluster.Shares(500).Count);
    }
}
