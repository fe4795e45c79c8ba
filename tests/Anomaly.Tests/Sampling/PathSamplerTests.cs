using MeshInsight.Anomaly.Sampling;

namespace MeshInsight.Anomaly.Tests.Sampling;

public class PathSamplerTests
{
    private readonly PathSampler _sampler = new(new() { TargetTracesPerSecond = 10 });
    private readonly Random _random = new(1);
    private long _now;

    [Fact]
    public void Judge_ManyTracesOfTwoPaths_YieldsTheTargetAndFavoursTheRareOne()
    {
        double busy = 0;
        double rare = 0;
        int rareCount = 0;
        for (int i = 0; i < 60_000; i++)
        {
            _now += 2_000_000;
            bool isRare = i % 100 == 0;
            var verdict = _sampler.Judge(isRare ? 2UL : 1UL, Duration(20), false, _now);
            if (i > 30_000 && verdict.Reason is SamplingReason.Probabilistic or SamplingReason.RarePath)
            {
                busy += isRare ? 0 : verdict.Probability;
                rare += isRare ? verdict.Probability : 0;
                rareCount += isRare ? 1 : 0;
            }
        }

        double perSecond = (busy + rare) / 60;
        Assert.InRange(perSecond, 5, 40);
        Assert.True(rare / rareCount > 5 * (busy / 29_700), "the rare path's share is larger");
    }

    [Fact]
    public void Judge_ErrorsNewAndSlowTraces_AreKept()
    {
        Assert.Equal(new SamplingVerdict(1, 0, SamplingReason.NewPath), _sampler.Judge(1, Duration(20), false, _now));
        Warm(5_000);
        var error = _sampler.Judge(1, Duration(20), true, _now);
        var slow = _sampler.Judge(1, 2_000_000_000, false, _now);
        Assert.Equal((1.0, SamplingReason.Error), (error.Probability, error.Reason));
        Assert.Equal((1.0, SamplingReason.Slow), (slow.Probability, slow.Reason));
        Assert.InRange(slow.AnomalyScore, 0.9, 1);
    }

    [Fact]
    public void Judge_EverythingTurnsSlow_KeepsABoundedRate()
    {
        Warm(5_000);
        double kept = 0;
        for (int i = 0; i < 5_000; i++)
        {
            _now += 1_000_000;
            kept += _sampler.Judge(1, 2_000_000_000 + (i * 1_000_000L), false, _now).Probability;
        }

        Assert.InRange(kept / 5, 10, 400);
    }

    [Fact]
    public void Judge_EndlessNewPaths_KeepsMemoryBounded()
    {
        var sampler = new PathSampler(new() { MaxPaths = 100 });
        for (ulong path = 0; path < 10_000; path++)
        {
            sampler.Judge(path, 1_000_000, false, (long)path * 1_000_000);
        }

        Assert.InRange(sampler.KnownPaths, 1, 100);
    }

    private void Warm(int traces)
    {
        for (int i = 0; i < traces; i++)
        {
            _now += 2_000_000;
            _sampler.Judge(1, Duration(20), false, _now);
        }
    }

    private long Duration(double millis) => (long)(millis * 1e6 * Math.Exp(0.3 * ((_random.NextDouble() * 2) - 1)));
}
