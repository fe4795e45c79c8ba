using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;

namespace MeshInsight.Proxy.Tests.Balance;

public sealed class BalancerFamilyTests
{
    private readonly ManualTimeProvider _clock = new();

    private static Dictionary<ulong, string> Owners(ClusterState cluster, IEnumerable<ulong> keys)
    {
        var random = new ConcurrentRandom(1);
        return keys.ToDictionary(k => k, k => cluster.Pick(random, null, k)!.Config.InstanceId);
    }

    private static ulong[] Keys(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => KeyHash.Of($"user-{random.NextInt64()}")).Distinct()];

    [Theory]
    [InlineData("PeakEwma", 0.02)]
    [InlineData("LeastRequest", 0.02)]
    [InlineData("RoundRobin", 0.001)]
    [InlineData("Weighted", 0.005)]
    [InlineData("Random", 0.02)]
    [InlineData("RingHash", 0.08)]
    [InlineData("Maglev", 0.02)]
    public void Equals_ShareEvenly(string kind, double tolerance)
    {
        var cluster = Endpoints.Build(_clock, Endpoints.Balanced(Enum.Parse<BalancerKind>(kind)), Endpoints.Many(5));

        var shares = cluster.Shares(50_000, hash: i => KeyHash.Of($"user-{i}"));

        Assert.Equal(5, shares.Count);
        Assert.All(shares.Values, share => Assert.InRange(share, 0.2 - tolerance, 0.2 + tolerance));
    }

    [Theory]
    [InlineData("LeastRequest", 0.02)]
    [InlineData("Weighted", 0.005)]
    [InlineData("RingHash", 0.08)]
    [InlineData("Maglev", 0.02)]
    public void Weights_DecideShares(string kind, double tolerance)
    {
        var cluster = Endpoints.Build(_clock, Endpoints.Balanced(Enum.Parse<BalancerKind>(kind)), Endpoints.One("a", weight: 5), Endpoints.One("b", weight: 3), Endpoints.One("c", weight: 2));

        var shares = cluster.Shares(50_000, hash: i => KeyHash.Of($"user-{i}"));

        Assert.InRange(shares["a"], 0.5 - tolerance, 0.5 + tolerance);
        Assert.InRange(shares["b"], 0.3 - tolerance, 0.3 + tolerance);
        Assert.InRange(shares["c"], 0.2 - tolerance, 0.2 + tolerance);
    }

    [Fact]
    public void Weighted_IsEvenOverShortRunsToo()
    {
        var cluster = Endpoints.Build(_clock, Endpoints.Balanced(BalancerKind.Weighted), Endpoints.One("a", weight: 3), Endpoints.One("b"));
        var random = new ConcurrentRandom(1);

        for (int run = 0; run < 50; run++)
        {
            int a = Enumerable.Range(0, 40).Count(_ => cluster.Pick(random, null)!.Config.InstanceId == "a");
            Assert.InRange(a, 27, 33);
        }
    }

    [Theory]
    [InlineData("PeakEwma")]
    [InlineData("LeastRequest")]
    [InlineData("RoundRobin")]
    [InlineData("Weighted")]
    [InlineData("Random")]
    [InlineData("RingHash")]
    [InlineData("Maglev")]
    public void Retry_AvoidsTheEndpointBefore_UnlessThereIsNoOther(string kind)
    {
        var policy = Endpoints.Balanced(Enum.Parse<BalancerKind>(kind));
        var three = Endpoints.Build(_clock, policy, Endpoints.Many(3));
        var one = Endpoints.Build(_clock, policy, Endpoints.Many(1));

        Assert.DoesNotContain("c1", three.Shares(2000, three.Find("c1"), i => KeyHash.Of($"user-{i}")).Keys);
        Assert.Equal(1, one.Shares(10, one.Find("c0"))["c0"]);
    }

    [Fact]
    public void LeastRequest_PrefersWhoeverHasLessInFlight()
    {
        var cluster = Endpoints.Build(_clock, Endpoints.Balanced(BalancerKind.LeastRequest), Endpoints.Many(2));
        cluster.Find("c0").Begin();

        Assert.Equal(1, cluster.Shares(1000)["c1"]);
    }

    [Fact]
    public void RoundRobin_AfterASnapshot_GoesOn()
    {
        var table = Endpoints.Table(_clock, Endpoints.Balanced(BalancerKind.RoundRobin), Endpoints.Many(3));
        var random = new ConcurrentRandom(1);
        var picked = new List<string>();
        for (int i = 0; i < 6; i++)
        {
            picked.Add(table.Find(Endpoints.ClusterName)!.Pick(random, null)!.Config.InstanceId);
            table = ClusterTable.Build([Endpoints.Cluster(Endpoints.Balanced(BalancerKind.RoundRobin), Endpoints.Many(3))], table, _clock);
        }

        Assert.Equal(picked[..3], picked[3..]);
        Assert.Equal(3, picked.Distinct().Count());
    }

    [Theory]
    [InlineData("RingHash", 0.0)]
    [InlineData("Maglev", 0.03)]
    public void Hashing_WhenAnEndpointLeaves_MovesItsKeysAndHardlyAnyOther(string kind, double othersMoved) => Property.ForAll(5, random =>
    {
        var policy = Endpoints.Balanced(Enum.Parse<BalancerKind>(kind));
        var members = Endpoints.Many(random.Next(3, 20)).ToList();
        ulong[] keys = Keys(random, 4000);
        var before = Owners(Endpoints.Build(_clock, policy, members), keys);
        string gone = members[random.Next(members.Count)].InstanceId;

        var after = Owners(Endpoints.Build(_clock, policy, members.Where(m => m.InstanceId != gone)), keys);

        ulong[] others = [.. keys.Where(k => before[k] != gone)];
        Assert.InRange(others.Count(k => before[k] != after[k]) / (double)others.Length, 0, othersMoved);
        Assert.DoesNotContain(gone, after.Values);
    });

    [Theory]
    [InlineData("RingHash")]
    [InlineData("Maglev")]
    public void Hashing_WhateverTheOrderOfEndpoints_SendsAKeyToTheSame(string kind) => Property.ForAll(5, random =>
    {
        var policy = Endpoints.Balanced(Enum.Parse<BalancerKind>(kind));
        var members = Endpoints.Many(7).ToArray();
        ulong[] keys = Keys(random, 500);
        var before = Owners(Endpoints.Build(_clock, policy, members), keys);
        random.Shuffle(members);

        Assert.Equal(before, Owners(Endpoints.Build(_clock, policy, members), keys));
    });

    [Fact]
    public void Shifted_KeepsItsExactShare_WhateverTheBalancer()
    {
        foreach (var kind in Enum.GetValues<BalancerKind>())
        {
            var cluster = Endpoints.Build(_clock, Endpoints.Balanced(kind), Endpoints.One("sick", keep: 20), Endpoints.One("b"), Endpoints.One("c"));

            Assert.InRange(cluster.Shares(30_000, hash: i => KeyHash.Of($"user-{i}"))["sick"], 0.2 / 3 * 0.85, 0.2 / 3 * 1.15);
        }
    }

    [Fact]
    public void SlowStart_NewEndpoint_GrowsIntoItsShare()
    {
        var policy = Endpoints.Balanced(BalancerKind.RoundRobin) with { SlowStart = new(TimeSpan.FromSeconds(100), 1, 10) };
        var table = Endpoints.Table(_clock, policy, Endpoints.Many(3));
        _clock.Advance(TimeSpan.FromSeconds(200));
        table = ClusterTable.Build([Endpoints.Cluster(policy, [.. Endpoints.Many(3), Endpoints.One("new")])], table, _clock);
        var cluster = table.Find(Endpoints.ClusterName)!;

        // Share f of one among three whole ones: f / (3 + f).
        Assert.InRange(cluster.Shares(40_000)["new"], 0.1 / 3.1 * 0.85, 0.1 / 3.1 * 1.15);
        _clock.Advance(TimeSpan.FromSeconds(50));
        Assert.InRange(cluster.Shares(40_000)["new"], 0.5 / 3.5 * 0.9, 0.5 / 3.5 * 1.1);
        _clock.Advance(TimeSpan.FromSeconds(50));
        Assert.InRange(cluster.Shares(40_000)["new"], 0.249, 0.251);
    }

    [Fact]
    public void SlowStart_Aggression_BendsTheCurve()
    {
        var cluster = Endpoints.Build(_clock, TrafficPolicy.None, Endpoints.Many(1));
        var slowStart = new SlowStart(new(TimeSpan.FromSeconds(100), 2, 10), cluster.Endpoints.ToArray(), _clock);

        Assert.Equal(0.1, slowStart.Share(cluster.Endpoints[0]), 6);
        _clock.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal(0.5, slowStart.Share(cluster.Endpoints[0]), 6);
        Assert.False(slowStart.IsOver);
        _clock.Advance(TimeSpan.FromSeconds(75));
        Assert.True(slowStart.IsOver);
    }

    [Fact]
    public void SlowStart_WhenEveryoneIsNew_ChangesNothing()
    {
        var policy = TrafficPolicy.None with { SlowStart = new(TimeSpan.FromSeconds(100), 1, 10) };
        var cluster = Endpoints.Build(_clock, policy, Endpoints.Many(4));

        Assert.All(cluster.Shares(40_000).Values, share => Assert.InRange(share, 0.24, 0.26));
    }

    [Fact]
    public void SlowStart_InstanceThatIsReadyAgain_StartsAnew()
    {
        var table = Endpoints.Table(_clock, TrafficPolicy.None, Endpoints.One("a"), Endpoints.One("b", isReady: false));
        _clock.Advance(TimeSpan.FromMinutes(5));

        var cluster = ClusterTable.Build([Endpoints.Cluster(TrafficPolicy.None, Endpoints.One("a"), Endpoints.One("b"))], table, _clock).Find(Endpoints.ClusterName)!;

        Assert.Equal(_clock.GetTimestamp(), cluster.Find("b").Health.ActiveSince);
        Assert.NotEqual(_clock.GetTimestamp(), cluster.Find("a").Health.ActiveSince);
    }
}
