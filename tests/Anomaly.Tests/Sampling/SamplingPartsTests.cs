using MeshInsight.Anomaly.Sampling;
using MeshInsight.Testing;

namespace MeshInsight.Anomaly.Tests.Sampling;

/// <summary>The sampler's small parts.</summary>
public class SamplingPartsTests
{
    [Fact]
    public void StressRelief_GoesOnAtTheUpperAndOffBelowTheLowerMarkAfterAWhile()
    {
        var relief = new StressRelief();
        Assert.False(relief.Update(0.89, Second(0)));
        Assert.True(relief.Update(0.9, Second(1)));
        Assert.True(relief.Update(0.5, Second(5)));
        Assert.True(relief.Update(0.8, Second(20)));
        Assert.False(relief.Update(0.7, Second(21)));
        Assert.False(relief.Update(0.85, Second(22)));
        Assert.Equal(1, relief.Times);
    }

    [Fact]
    public void RankScale_OfAnyDistribution_GivesTheShareAbove() => Property.ForAll(20, random =>
    {
        var scale = new RankScale();
        double power = Math.Exp((random.NextDouble() * 6) - 3);
        for (int i = 0; i < 20_000; i++)
        {
            scale.Add(Math.Pow(random.NextDouble(), power));
        }

        foreach (double rank in (double[])[0.5, 0.1, 0.01])
        {
            var (from, to) = scale.TailOf(Math.Pow(1 - rank, power));
            Assert.InRange(rank, (from * 0.9) - 0.003, (to * 1.1) + 0.003);
        }
    });

    [Fact]
    public void RankScale_OfAnotherTime_IsForgotten()
    {
        var scale = new RankScale();
        for (int i = 0; i < 10_000; i++)
        {
            scale.Add(100);
        }

        for (int i = 0; i < 100_000; i++)
        {
            scale.Add(1);
        }

        Assert.InRange(scale.TailOf(50).From, 0, 0.001);
    }

    [Fact]
    public void RankClaims_OfAllRanks_AddUpToTheShare() => Property.ForAll(50, random =>
    {
        double share = Math.Pow(10, -1 - (3 * random.NextDouble()));
        double[] cuts = [0, .. Enumerable.Range(0, 30).Select(_ => Math.Pow(10, -5 * random.NextDouble())).Order(), 1];
        double claimed = cuts.Zip(cuts.Skip(1), (from, to) => (to - from) * RankClaim.Probability((from, to), share)).Sum();

        // All of the share but what the tip's square leaves beyond rank 1.
        Assert.InRange(claimed, share * 0.95, share * 1.0001);
    });

    [Fact]
    public void UsualTime_OfLogNormalTimes_FindsMedianAndHighMark() => Property.ForAll(20, random =>
    {
        var usual = default(UsualTime);
        for (int i = 0; i < 20_000; i++)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            usual.Learn((long)(50e6 * Math.Exp(0.4 * normal)), i * 100_000_000L);
        }

        Assert.InRange(usual.MedianNanos, 42e6, 58e6);
        Assert.InRange(usual.HighNanos, 75e6, 125e6);
    });

    [Fact]
    public void UsualTime_OfABusyOperation_DoesNotTakeAFaultOfAMinuteForItsNewSelf()
    {
        var usual = default(UsualTime);
        for (int i = 0; i < 200_000; i++)
        {
            usual.Learn(i < 140_000 ? 10_000_000 + (i % 100 * 10_000) : 1_000_000_000, i * 1_000_000L);
        }

        Assert.InRange(usual.HighNanos, 10e6, 300e6);
    }

    private static long Second(double at) => (long)(at * 1e9);
}
