using MeshInsight.Anomaly.Comparisons;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.Testing;

namespace MeshInsight.Anomaly.Tests.Comparisons;

public class RolloutJudgeTests
{
    private static readonly JudgeOptions Options = new(0.01, Errors: true, Latency: true);

    [Fact]
    public void Judge_CanaryFailsAFifthOfTwentyRequestsASecond_ProvesHarmWithinFiveSeconds()
    {
        var seconds = new List<int>();
        for (int seed = 1; seed <= 200; seed++)
        {
            var traffic = new Traffic(new Random(seed));
            var judge = new RolloutJudge(Options);
            Run(judge, 60, () => traffic.Second(180, 0.001, 0.05), () => traffic.Second(20, 0.001, 0.05));
            Assert.NotEqual(VerdictKind.HarmProven, judge.Kind);
            seconds.Add(Run(judge, 60, () => traffic.Second(180, 0.001, 0.05), () => traffic.Second(20, 0.2, 0.05)));
            Assert.Equal(VerdictKind.HarmProven, judge.Kind);
            Assert.Contains("its own code", judge.Reason, StringComparison.Ordinal);
        }

        seconds.Sort();
        Assert.InRange(seconds[seconds.Count / 2], 1, 4);
        Assert.InRange(seconds[(int)(seconds.Count * 0.95)], 1, 6);
    }

    [Theory]
    [InlineData(0.005)]
    [InlineData(0.05)]
    public void Judge_HealthyCanary_FalseRollbacksStayBelowAlpha(double errorShare)
    {
        Assert.InRange(FalseRollbacks(t => t.Second(90, errorShare, 0.05), t => t.Second(10, errorShare, 0.05)), 0, AlphaOf400);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(10)]
    public void Judge_HealthyCanaryWithBurstsOfErrors_FalseRollbacksStayBelowAlpha(double meanBurst)
    {
        Assert.InRange(FalseRollbacks(t => t.BurstySecond(90, 0.01, meanBurst), t => t.BurstySecond(10, 0.01, meanBurst)), 0, AlphaOf400);
    }

    [Fact]
    public void Judge_CanaryAlittleSlowerWithinTolerance_IsNotHarm()
    {
        Assert.InRange(FalseRollbacks(t => t.Second(90, 0, 0.05), t => t.Second(10, 0, 0.09)), 0, AlphaOf400);
    }

    [Fact]
    public void Judge_CanaryMostlyAboveTheStableP95_ProvesHarm()
    {
        var traffic = new Traffic(new Random(7));
        var judge = new RolloutJudge(Options);
        int seconds = Run(judge, 60, () => traffic.Second(180, 0, 0.05), () => traffic.Second(20, 0, 0.8));
        Assert.Equal(VerdictKind.HarmProven, judge.Kind);
        Assert.InRange(seconds, 1, 15);
        Assert.Contains("slower", judge.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Judge_SharedDependencyFailsForBoth_HoldsWithItsNameAndNeverBlamesTheCanary()
    {
        int blamed = 0;
        for (int seed = 1; seed <= 200; seed++)
        {
            var traffic = new Traffic(new Random(seed));
            var judge = new RolloutJudge(Options);
            Run(judge, 60, () => traffic.Second(180, 0, 0.05), () => traffic.Second(20, 0, 0.05));
            for (int second = 0; second < 60; second++)
            {
                var stable = traffic.Second(180, 0.4, 0.05);
                var canary = traffic.Second(20, 0.4, 0.05);
                judge.Add(stable, canary, [new("payment", stable.Errors, canary.Errors)]);
                blamed += judge.Kind == VerdictKind.HarmProven ? 1 : 0;
            }

            Assert.Equal(VerdictKind.SharedCause, judge.Kind);
            Assert.Equal("payment", judge.Cause);
        }

        Assert.Equal(0, blamed);
    }

    [Fact]
    public void Judge_OnlyTheCanarysCallsFail_ProvesHarmAndNamesTheCallee()
    {
        var traffic = new Traffic(new Random(3));
        var judge = new RolloutJudge(Options);
        for (int second = 0; second < 30; second++)
        {
            var canary = traffic.Second(20, 0.3, 0.05);
            judge.Add(traffic.Second(180, 0, 0.05), canary, [new("payment", 0, canary.Errors)]);
        }

        Assert.Equal(VerdictKind.HarmProven, judge.Kind);
        Assert.Equal("payment", judge.Cause);
    }

    [Fact]
    public void Judge_NoTraffic_SaysNotEnoughData()
    {
        var judge = new RolloutJudge(Options);
        Run(judge, 600, () => new(100, 0, 5), () => default);
        Assert.Equal(VerdictKind.NotEnoughData, judge.Kind);
        Assert.Equal(500, judge.RequestsNeeded(500, 0));
    }

    [Fact]
    public void Restore_AfterHalfTheEvidence_ComesToTheSameEValues()
    {
        var traffic = new Traffic(new Random(11));
        var whole = new RolloutJudge(Options);
        var half = new RolloutJudge(Options);
        for (int second = 0; second < 40; second++)
        {
            var stable = traffic.Second(50, 0.02, 0.05);
            var canary = traffic.Second(50, 0.03, 0.06);
            whole.Add(stable, canary, []);
            if (second == 20)
            {
                var resumed = new RolloutJudge(Options);
                resumed.Restore(half.Save());
                half = resumed;
            }

            half.Add(stable, canary, []);
        }

        for (int i = 0; i < whole.Evidence.Count; i++)
        {
            // The pair of blocks around the restart is not compared, so dispersion may differ by that pair.
            Assert.InRange(half.Evidence[i].EValue / whole.Evidence[i].EValue, 0.5, 2);
        }
    }

    [Fact]
    public void Judge_AnyCounts_EValuesStayFinite()
    {
        Property.ForAll(200, random =>
        {
            var judge = new RolloutJudge(Options);
            for (int second = 0; second < 50; second++)
            {
                long stable = random.Next(3) == 0 ? 0 : random.Next(100_000);
                long canary = random.Next(3) == 0 ? 0 : random.Next(100_000);
                judge.Add(new(stable, random.NextInt64(stable + 1), random.NextInt64(stable + 1)), new(canary, random.NextInt64(canary + 1), random.NextInt64(canary + 1)), []);
                Assert.All(judge.Evidence, m => Assert.True(double.IsFinite(m.EValue) && m.EValue >= 0 && m.Dispersion >= 1));
            }
        });
    }

    // Expected at most 4 of 400; the chance of more than 10 at a true 1 % is below 0.3 %.
    private const int AlphaOf400 = 10;

    private static int FalseRollbacks(Func<Traffic, ArmBlock> stable, Func<Traffic, ArmBlock> canary)
    {
        int rollbacks = 0;
        for (int seed = 1; seed <= 400; seed++)
        {
            var traffic = new Traffic(new Random(seed));
            var judge = new RolloutJudge(Options);
            Run(judge, 600, () => stable(traffic), () => canary(traffic));
            rollbacks += judge.Kind == VerdictKind.HarmProven ? 1 : 0;
        }

        return rollbacks;
    }

    /// <returns>Seconds until harm was proven, or all of them.</returns>
    private static int Run(RolloutJudge judge, int seconds, Func<ArmBlock> stable, Func<ArmBlock> canary)
    {
        for (int second = 1; second <= seconds; second++)
        {
            judge.Add(stable(), canary(), []);
            if (judge.Kind == VerdictKind.HarmProven)
            {
                return second;
            }
        }

        return seconds;
    }
}
