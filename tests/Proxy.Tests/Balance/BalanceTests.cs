using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;
using MeshInsight.Proxy.Match;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Balance;

public sealed class BalanceTests
{
    private readonly ManualTimeProvider _clock = new();

    private static ClusterConfig Cluster(params int[] keepPercents) => new(
        "checkout/v1", "checkout", "v1", ClusterProtocol.Http, [.. keepPercents.Select((keep, i) => new EndpointConfig($"c{i}", $"10.0.0.{i + 1}:80", "v1", "", keep))]);

    private ClusterState Build(params int[] keepPercents) => ClusterTable.Build([Cluster(keepPercents)], ClusterTable.Empty, _clock).Find("checkout/v1")!;

    private static double[] Shares(ClusterState cluster, int draws, EndpointState? avoid = null)
    {
        var random = new ConcurrentRandom(7);
        var counts = new Dictionary<string, int>();
        for (int i = 0; i < draws; i++)
        {
            string instance = cluster.Pick(random, avoid)!.Config.InstanceId;
            counts[instance] = counts.GetValueOrDefault(instance) + 1;
        }

        return [.. cluster.Endpoints.ToArray().Select(e => counts.GetValueOrDefault(e.Config.InstanceId) / (double)draws)];
    }

    [Fact]
    public void Ewma_BeforeAnyRequest_IsTheDefault() => Assert.Equal(0.030, new PeakEwma(_clock).Seconds, 6);

    [Fact]
    public void Ewma_AfterAPeak_JumpsAndDecaysByTheClock()
    {
        var ewma = new PeakEwma(_clock);

        ewma.Observe(TimeSpan.FromSeconds(1));
        Assert.Equal(1, ewma.Seconds, 6);
        _clock.Advance(PeakEwma.Decay);
        Assert.Equal(Math.Exp(-1), ewma.Seconds, 6);
    }

    [Fact]
    public void Ewma_AfterAQuickAnswer_MovesByElapsedTime()
    {
        var ewma = new PeakEwma(_clock);
        ewma.Observe(TimeSpan.FromSeconds(1));

        _clock.Advance(PeakEwma.Decay);
        ewma.Observe(TimeSpan.FromMilliseconds(100));

        Assert.Equal(Math.Exp(-1) + (0.1 * (1 - Math.Exp(-1))), ewma.Seconds, 6);
    }

    [Fact]
    public void Load_CountsRequestsInFlight()
    {
        var endpoint = Build(100).Endpoints[0];

        endpoint.Begin();
        endpoint.Begin();

        Assert.Equal(3 * 0.030, endpoint.Load, 6);
        endpoint.End(TimeSpan.FromMilliseconds(30), isFailure: false);
        Assert.Equal(1, endpoint.Pending);
    }

    [Fact]
    public void Endpoint_ThatFailsFast_LooksSlow()
    {
        var cluster = Build(100, 100);
        var (failing, good) = (cluster.Endpoints[0], cluster.Endpoints[1]);
        failing.Begin();
        failing.End(TimeSpan.FromMilliseconds(1), isFailure: true);
        good.Begin();
        good.End(TimeSpan.FromMilliseconds(20), isFailure: false);

        Assert.Equal(EndpointState.FailurePenalty.TotalSeconds, failing.Load, 6);
        Assert.InRange(Shares(cluster, 10_000)[0], 0.005, 0.015);
    }

    [Fact]
    public void Endpoint_AfterItsPenalty_IsTriedAgain()
    {
        var cluster = Build(100, 100);
        var (failing, good) = (cluster.Endpoints[0], cluster.Endpoints[1]);
        failing.Begin();
        failing.End(null, isFailure: true);

        for (int seconds = 0; seconds < 120; seconds++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            good.Begin();
            good.End(TimeSpan.FromMilliseconds(20), isFailure: false);
        }

        Assert.True(failing.Load < good.Load);
    }

    [Fact]
    public void Client_ThatLeaves_TeachesNothing()
    {
        var endpoint = Build(100).Endpoints[0];
        endpoint.Begin();
        endpoint.End(null, isFailure: false);

        Assert.Equal(0.030, endpoint.Load, 6);
    }

    [Fact]
    public void Equals_ShareEvenly()
    {
        Assert.All(Shares(Build(100, 100, 100, 100), 40_000), share => Assert.InRange(share, 0.24, 0.26));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(20)]
    [InlineData(50)]
    public void KeepPercent_OfOneInThree_GivesThatShareOfItsFairLoad(int keep)
    {
        double share = Shares(Build(keep, 100, 100), 60_000)[0];

        Assert.InRange(share / (1.0 / 3), (keep / 100.0) - 0.02, (keep / 100.0) + 0.02);
    }

    [Fact]
    public void Pick_EndpointThatLosesEveryComparison_IsStillLookedAt()
    {
        var cluster = Build(100, 100, 100);
        cluster.Endpoints[0].Begin();
        cluster.Endpoints[0].End(null, isFailure: true);

        Assert.InRange(Shares(cluster, 60_000)[0], 1.0 / 150 * 0.7, 1.0 / 150 * 1.3);
    }

    [Fact]
    public void KeepPercent_OfAll_StillSendsEveryRequest() => Assert.Equal(1, Shares(Build(0, 0), 1000).Sum(), 9);

    [Fact]
    public void Retry_AvoidsTheEndpointBefore()
    {
        var cluster = Build(100, 100, 100);

        Assert.Equal(0, Shares(cluster, 1000, cluster.Endpoints[1])[1]);
    }

    [Fact]
    public void Retry_WithOneEndpoint_UsesItAgain()
    {
        var cluster = Build(100);

        Assert.Equal([1.0], Shares(cluster, 10, cluster.Endpoints[0]));
    }

    [Fact]
    public void Swap_KeepsWhatWasLearned()
    {
        var before = ClusterTable.Build([Cluster(100, 100)], ClusterTable.Empty, _clock);
        var endpoint = before.Find("checkout/v1")!.Endpoints[0];
        endpoint.Begin();

        var after = ClusterTable.Build([Cluster(5, 100)], before, _clock).Find("checkout/v1")!.Endpoints[0];

        Assert.Same(endpoint, after);
        Assert.Equal((1, 5), (after.Pending, after.Config.KeepPercent));
    }

    [Fact]
    public void Weights_OverManyRequests_FitByChiSquare()
    {
        (string Cluster, int Weight)[] weights = [("checkout/v1", 70), ("checkout/v2", 25), ("checkout/v3", 5), ("checkout/v4", 0)];
        var config = new RouteConfig("checkout", "checkout", [], [.. weights.Select(w => new WeightedCluster(w.Cluster, w.Weight))], default, default, RetryConfig.None);
        var clusters = weights.Select(w => Cluster(100) with { Name = w.Cluster }).ToList();
        var table = RouteTable.Compile(new(1, [config], clusters), RouteTable.Empty, _clock);
        var route = table.Match(new() { Service = "checkout", Method = "GET", Path = "/", Headers = new HeaderDictionary() }).Route!;
        var random = new ConcurrentRandom(42);
        const int Draws = 100_000;
        var counts = new Dictionary<string, int>();

        for (int i = 0; i < Draws; i++)
        {
            Assert.NotNull(route.PickCluster(random, out var backend));
            counts[backend.Cluster] = counts.GetValueOrDefault(backend.Cluster) + 1;
        }

        double chiSquare = weights.Where(w => w.Weight > 0).Sum(w => Math.Pow(counts[w.Cluster] - (Draws * w.Weight / 100.0), 2) / (Draws * w.Weight / 100.0));
        // 99.9 % of a chi-square with two degrees of freedom.
        Assert.True(chiSquare < 13.8, $"chi-square {chiSquare}");
        Assert.DoesNotContain("checkout/v4", counts.Keys);
    }

    [Fact]
    public void Random_WithOneSeed_Repeats()
    {
        var (one, two) = (new ConcurrentRandom(3), new ConcurrentRandom(3));

        Assert.Equal(Enumerable.Range(0, 100).Select(_ => one.Next(1000)), Enumerable.Range(0, 100).Select(_ => two.Next(1000)));
    }
}
