using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;
using MeshInsight.Proxy.Health;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;

namespace MeshInsight.Proxy.Tests.Health;

public sealed class OutlierTests
{
    private static readonly OutlierConfig Defaults = new(5, 0, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(300), 10, null, null);

    private readonly ManualTimeProvider _clock = new();
    private readonly OutlierDetector _detector;

    public OutlierTests() => _detector = new(_clock);

    private ClusterState Build(int count, OutlierConfig config, int panicPercent = 50) =>
        Endpoints.Build(_clock, TrafficPolicy.None with { Outlier = config, PanicPercent = panicPercent }, Endpoints.Many(count));

    private void Observe(ClusterState cluster, string id, TryOutcome outcome, int times = 1)
    {
        for (int i = 0; i < times; i++)
        {
            _detector.Observe(cluster, cluster.Find(id), outcome);
        }
    }

    private void EndInterval(ClusterState cluster, string by)
    {
        _clock.Advance(Defaults.Interval);
        Observe(cluster, by, TryOutcome.Success);
    }

    [Fact]
    public void Consecutive5xx_AtTheLimit_EjectsAndGetsNoMoreRequests()
    {
        var cluster = Build(3, Defaults);
        Observe(cluster, "c0", TryOutcome.Failure, 4);
        Assert.False(cluster.Find("c0").Health.IsEjected);

        Observe(cluster, "c0", TryOutcome.GatewayFailure);

        Assert.True(cluster.Find("c0").Health.IsEjected);
        Assert.Equal(["c1", "c2"], cluster.Shares(2000).Keys.Order());
        Assert.Equal(1, cluster.Memory.Ejections);
    }

    [Fact]
    public void Consecutive5xx_WithASuccessBetween_StartsAgain()
    {
        var cluster = Build(3, Defaults);
        Observe(cluster, "c0", TryOutcome.Failure, 4);
        Observe(cluster, "c0", TryOutcome.Unknown);
        Observe(cluster, "c0", TryOutcome.Success);
        Observe(cluster, "c0", TryOutcome.Failure, 4);

        Assert.False(cluster.Find("c0").Health.IsEjected);
    }

    [Fact]
    public void GatewayErrors_HaveTheirOwnLimit_ThatOther5xxReset()
    {
        var cluster = Build(3, Defaults with { Consecutive5xx = 0, ConsecutiveGatewayErrors = 3 });
        Observe(cluster, "c0", TryOutcome.GatewayFailure, 2);
        Observe(cluster, "c0", TryOutcome.Failure);
        Observe(cluster, "c0", TryOutcome.GatewayFailure, 2);
        Assert.False(cluster.Find("c0").Health.IsEjected);

        Observe(cluster, "c0", TryOutcome.GatewayFailure);

        Assert.True(cluster.Find("c0").Health.IsEjected);
    }

    [Fact]
    public void WithoutAPolicy_NobodyIsEjected()
    {
        var cluster = Endpoints.Build(_clock, TrafficPolicy.None, Endpoints.Many(3));
        Observe(cluster, "c0", TryOutcome.GatewayFailure, 100);

        Assert.False(cluster.Find("c0").Health.IsEjected);
    }

    [Fact]
    public void Probe_AfterTheEjectionTime_IsOneRequest_AndItsSuccessBringsBack()
    {
        var cluster = Build(3, Defaults);
        Observe(cluster, "c0", TryOutcome.Failure, 5);
        _clock.Advance(TimeSpan.FromSeconds(29));
        Assert.DoesNotContain("c0", cluster.Shares(500).Keys);

        _clock.Advance(TimeSpan.FromSeconds(1));
        var random = new ConcurrentRandom(3);
        Assert.Equal("c0", cluster.Pick(random, null)!.Config.InstanceId);
        Assert.DoesNotContain("c0", cluster.Shares(500).Keys);
        Observe(cluster, "c0", TryOutcome.Success);

        Assert.False(cluster.Find("c0").Health.IsEjected);
        Assert.Contains("c0", cluster.Shares(500).Keys);
    }

    [Fact]
    public void Probe_ThatFails_EjectsForLonger_UpToTheMaximum()
    {
        var cluster = Build(3, Defaults with { MaxEjectionTime = TimeSpan.FromSeconds(75) });
        Observe(cluster, "c0", TryOutcome.Failure, 5);
        var random = new ConcurrentRandom(3);
        foreach (int lasts in new[] { 30, 60, 75, 75 })
        {
            _clock.Advance(TimeSpan.FromSeconds(lasts - 1));
            Assert.DoesNotContain("c0", cluster.Shares(200).Keys);
            _clock.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal("c0", cluster.Pick(random, null)!.Config.InstanceId);
            Observe(cluster, "c0", TryOutcome.GatewayFailure);
        }

        Assert.Equal(5, cluster.Memory.Ejections);
    }

    [Fact]
    public void Probe_WhoseClientLeft_IsMadeAgainAtOnce()
    {
        var cluster = Build(3, Defaults);
        Observe(cluster, "c0", TryOutcome.Failure, 5);
        _clock.Advance(TimeSpan.FromSeconds(30));
        var random = new ConcurrentRandom(3);
        Assert.Equal("c0", cluster.Pick(random, null)!.Config.InstanceId);

        Observe(cluster, "c0", TryOutcome.Unknown);

        Assert.Equal("c0", cluster.Pick(random, null)!.Config.InstanceId);
    }

    [Fact]
    public void Probe_ThatNobodyReports_IsMadeAgainLater()
    {
        var cluster = Build(3, Defaults);
        Observe(cluster, "c0", TryOutcome.Failure, 5);
        _clock.Advance(TimeSpan.FromSeconds(30));
        var random = new ConcurrentRandom(3);
        Assert.Equal("c0", cluster.Pick(random, null)!.Config.InstanceId);

        _clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal("c0", cluster.Pick(random, null)!.Config.InstanceId);
    }

    [Fact]
    public void RequestsInFlightAtTheEjection_DoNotBringBack()
    {
        var cluster = Build(3, Defaults);
        Observe(cluster, "c0", TryOutcome.Failure, 5);

        Observe(cluster, "c0", TryOutcome.Success, 10);

        Assert.True(cluster.Find("c0").Health.IsEjected);
    }

    [Fact]
    public void Ejections_AboveTheMaximumShare_AreRefused_ButOneIsAlwaysPossible()
    {
        var small = Build(3, Defaults);
        Observe(small, "c0", TryOutcome.Failure, 5);
        Observe(small, "c1", TryOutcome.Failure, 5);
        Assert.Equal((true, false), (small.Find("c0").Health.IsEjected, small.Find("c1").Health.IsEjected));
        Assert.Equal(1, small.Memory.EjectionsRefused);

        var large = Build(30, Defaults);
        foreach (int i in Enumerable.Range(0, 5))
        {
            Observe(large, $"c{i}", TryOutcome.Failure, 5);
        }

        Assert.Equal(3, large.Endpoints.ToArray().Count(e => e.Health.IsEjected));
    }

    [Fact]
    public void Ejection_GoodIntervals_ShortenTheNextOne()
    {
        var cluster = Build(3, Defaults);
        EndInterval(cluster, "c1");
        cluster.Find("c0").Health.Eject(TimeSpan.FromSeconds(1));
        cluster.Find("c0").Health.Eject(TimeSpan.FromSeconds(1));
        cluster.Find("c0").Health.Return();

        EndInterval(cluster, "c1");

        Assert.Equal(1, cluster.Find("c0").Health.Ejections);
    }

    [Fact]
    public void SuccessRate_BelowTheMeanByTheFactor_Ejects()
    {
        var cluster = Build(10, Defaults with { Consecutive5xx = 0, SuccessRate = new(1.9, 5, 100) });
        Observe(cluster, "c9", TryOutcome.Success);
        foreach (int i in Enumerable.Range(0, 10))
        {
            Observe(cluster, $"c{i}", TryOutcome.Success, i == 0 ? 70 : 98);
            Observe(cluster, $"c{i}", TryOutcome.Failure, i == 0 ? 40 : 2);
        }

        EndInterval(cluster, "c9");

        Assert.Equal(["c0"], cluster.Endpoints.ToArray().Where(e => e.Health.IsEjected).Select(e => e.Config.InstanceId));
    }

    [Theory]
    [InlineData(10, 90)]
    [InlineData(4, 110)]
    public void SuccessRate_WithTooFewRequestsOrHosts_JudgesNobody(int hosts, int requests)
    {
        var cluster = Build(hosts, Defaults with { Consecutive5xx = 0, SuccessRate = new(1.9, 5, 100) });
        Observe(cluster, "c1", TryOutcome.Success);
        foreach (int i in Enumerable.Range(0, hosts))
        {
            Observe(cluster, $"c{i}", i == 0 ? TryOutcome.Failure : TryOutcome.Success, requests);
        }

        EndInterval(cluster, "c1");

        Assert.All(cluster.Endpoints.ToArray(), e => Assert.False(e.Health.IsEjected));
    }

    [Theory]
    [InlineData(84, false)]
    [InlineData(85, true)]
    public void FailurePercentage_FromTheThreshold_Ejects(int failures, bool isEjected)
    {
        var cluster = Build(5, Defaults with { Consecutive5xx = 0, FailurePercentage = new(85, 5, 50) });
        Observe(cluster, "c1", TryOutcome.Success);
        Observe(cluster, "c0", TryOutcome.Failure, failures);
        Observe(cluster, "c0", TryOutcome.Success, 100 - failures);
        foreach (int i in Enumerable.Range(1, 4))
        {
            Observe(cluster, $"c{i}", TryOutcome.Success, 100);
        }

        EndInterval(cluster, "c1");

        Assert.Equal(isEjected, cluster.Find("c0").Health.IsEjected);
    }

    [Fact]
    public void Snapshot_KeepsEjectionsAndTheInterval()
    {
        var policy = TrafficPolicy.None with { Outlier = Defaults with { FailurePercentage = new(85, 1, 1), Consecutive5xx = 0 } };
        var table = Endpoints.Table(_clock, policy, Endpoints.Many(3));
        Observe(table.Find(Endpoints.ClusterName)!, "c0", TryOutcome.Failure, 5);
        for (int i = 0; i < 20; i++)
        {
            // A push every half second must not put the sweep off.
            _clock.Advance(TimeSpan.FromMilliseconds(500));
            table = ClusterTable.Build([Endpoints.Cluster(policy, Endpoints.Many(3))], table, _clock);
        }

        var cluster = table.Find(Endpoints.ClusterName)!;
        Observe(cluster, "c1", TryOutcome.Success);
        Assert.True(cluster.Find("c0").Health.IsEjected);
        table = ClusterTable.Build([Endpoints.Cluster(policy, Endpoints.Many(3))], table, _clock);
        Assert.DoesNotContain("c0", table.Find(Endpoints.ClusterName)!.Shares(500).Keys);
    }

    [Theory]
    [InlineData(50, 4, false)]
    [InlineData(50, 5, false)]
    [InlineData(50, 6, true)]
    [InlineData(0, 10, false)]
    public void Panic_WithFewerHealthyThanTheThreshold_UsesAll(int panicPercent, int ejected, bool isPanicking)
    {
        var cluster = Build(10, Defaults with { MaxEjectionPercent = 100 }, panicPercent);
        foreach (int i in Enumerable.Range(0, ejected))
        {
            Observe(cluster, $"c{i}", TryOutcome.Failure, 5);
        }

        Assert.Equal(isPanicking, cluster.IsPanicking);
        if (ejected == 10)
        {
            Assert.Null(cluster.Pick(new ConcurrentRandom(1), null));
        }
        else
        {
            Assert.Equal(isPanicking ? 10 : 10 - ejected, cluster.Shares(5000).Count);
        }
    }

    [Fact]
    public void NotReady_IsUsedOnlyWhenNobodyElseIsLeft()
    {
        var some = Endpoints.Build(_clock, TrafficPolicy.None, Endpoints.One("a"), Endpoints.One("b", isReady: false), Endpoints.One("c", isReady: false));
        var none = Endpoints.Build(_clock, TrafficPolicy.None, Endpoints.One("b", isReady: false), Endpoints.One("c", isReady: false));

        Assert.Equal(["a"], some.Shares(500).Keys);
        Assert.Equal(["b", "c"], none.Shares(500).Keys.Order());
    }

    [Fact]
    public async Task Picks_WhileHealthChangesOnOtherThreads_FollowTheLastChange()
    {
        var cluster = Build(6, Defaults with { MaxEjectionPercent = 100 }, panicPercent: 0);
        using var stop = new CancellationTokenSource();
        var picking = Enumerable.Range(0, 4).Select(seed => Task.Run(() =>
        {
            var random = new ConcurrentRandom((ulong)seed);
            while (!stop.IsCancellationRequested)
            {
                Assert.NotNull(cluster.Pick(random, null));
            }
        })).ToList();
        var dice = new Random(5);
        for (int i = 0; i < 20_000; i++)
        {
            var health = cluster.Find($"c{dice.Next(5)}").Health;
            lock (cluster.Memory.Lock)
            {
                if (health.IsEjected)
                {
                    health.Return();
                }
                else
                {
                    health.Eject(TimeSpan.FromHours(1));
                }
            }
        }

        await stop.CancelAsync();
        await Task.WhenAll(picking);
        var usable = cluster.Endpoints.ToArray().Where(e => !e.Health.IsEjected).Select(e => e.Config.InstanceId);
        Assert.Equal(usable.Order(), cluster.Shares(5000).Keys.Order());
    }
}
