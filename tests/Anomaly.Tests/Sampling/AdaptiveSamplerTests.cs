using MeshInsight.Anomaly.Sampling;

namespace MeshInsight.Anomaly.Tests.Sampling;

public class AdaptiveSamplerTests
{
    private readonly TraceTraffic _traffic = new(3);
    private readonly AdaptiveSampler _sampler = new(new() { Budget = new(0.01, BudgetUnit.Share) });

    [Fact]
    public void Failures_ThatAreRare_AreKeptFarMoreOftenThanTheRest()
    {
        double failed = 0;
        double ordinary = 0;
        for (int i = 0; i < 40_000; i++)
        {
            bool fails = i % 1000 == 999;
            var verdict = Judge(0, failed: fails);
            failed += fails && i > 5000 ? verdict.Probability / 35 : 0;
            ordinary += !fails && i > 5000 ? verdict.Probability / 34_965 : 0;
            Assert.True(!fails || (verdict.Reason == SamplingReason.Error && verdict.AnomalyScore >= 0.9));
        }

        Assert.True(failed > 10 * ordinary, $"{failed} against {ordinary}");
    }

    [Fact]
    public void Slowness_OfOneService_IsKeptAndNamesIt()
    {
        Warm(10_000);
        var verdicts = Enumerable.Range(0, 200).Select(_ => (Slow: Judge(1, slower: 0.5), Usual: Judge(0))).ToArray();

        Assert.All(verdicts.Skip(5), both => Assert.Equal(TraceTraffic.Backend(1), both.Slow.SuspectedService));
        Assert.All(verdicts.Take(50), both => Assert.InRange(both.Slow.AnomalyScore, 0.8, 1));
        double slow = verdicts.Sum(both => both.Slow.Probability);
        double usual = verdicts.Sum(both => both.Usual.Probability);
        Assert.True(slow > 10 * usual, $"{slow} against {usual}");
        Assert.Contains(verdicts, both => both.Slow.Reason == SamplingReason.Slow);
    }

    [Fact]
    public void Path_NeverSeen_IsLikelyKept()
    {
        Warm(20_000);
        var verdict = Judge(50);

        Assert.Equal(SamplingReason.NewPath, verdict.Reason);
        Assert.InRange(verdict.Probability, 0.5, 1);
    }

    [Fact]
    public void Tag_WithANewValue_CountsUnlessItsValuesAreAlwaysNew()
    {
        for (int i = 0; i < 20_000; i++)
        {
            _traffic.Tag(new SampledTag(1, 1), new SampledTag(2, (ulong)i));
            Judge(0);
        }

        _traffic.Tag(new SampledTag(1, 1), new SampledTag(2, 1_000_000));
        double user = Judge(0).Probability;
        _traffic.Tag(new SampledTag(1, 2), new SampledTag(2, 1_000_001));
        var version = Judge(0);

        Assert.True(version.Probability > 10 * user, $"{version.Probability} against {user}");
        Assert.Equal(SamplingReason.Novel, version.Reason);
    }

    [Fact]
    public void PathTypes_EachSeldomSeen_GetATraceAMinute()
    {
        const int Rare = 15;
        const int Minutes = 20;
        var sampler = new AdaptiveSampler(new() { Budget = new(10, BudgetUnit.TracesPerSecond) });
        int[] kept = new int[Rare + 1];
        for (int i = 0; i < Minutes * 60 * 100; i++)
        {
            _traffic.Wait(0.01);
            int path = i % 400 == 0 ? 1 + (i / 400 % Rare) : 0;
            bool isKept = ConsistentSampling.Keep(_traffic.Randomness(), ConsistentSampling.Threshold(sampler.Judge(_traffic.Trace(path), _traffic.Now).Probability));
            sampler.Settle(isKept);
            kept[path] += isKept ? 1 : 0;
        }

        Assert.All(kept, count => Assert.True(count >= 0.5 * Minutes));
        Assert.True(kept.Skip(1).Average() >= 0.9 * Minutes, $"{kept.Skip(1).Average()} in {Minutes} minutes");
    }

    [Fact]
    public void Boost_RaisesWhatItNamesAndSinksUntilItsEnd()
    {
        double before = Enumerable.Range(0, 15).Select(_ => Likely(1)).Skip(10).Average();
        Assert.True(_sampler.TryBoost(TraceTraffic.Backend(1), 16, _traffic.Now, _traffic.Now + 400_000_000_000));

        // Of 40 s each.
        double[] boosted = [.. Enumerable.Range(0, 12).Select(_ => Likely(1))];
        double first = boosted[0];
        double half = boosted[4..6].Average();
        double after = boosted[^2..].Average();
        Assert.True(first > 2.5 * before && first > 1.5 * half && half > 1.5 * after, $"{before} before, then {first}, {half}, {after}");
        Assert.InRange(after / before, 0.4, 2.5);
    }

    [Fact]
    public void Boosts_WithoutEnd_AreBounded()
    {
        for (ulong target = 1; target <= 300; target++)
        {
            Assert.Equal(target <= 256, _sampler.TryBoost(target, 2, 0, 1000));
        }

        Assert.True(_sampler.TryBoost(1000, 2, 2000, 3000));
    }

    [Fact]
    public void Verdicts_OfTheSameTraffic_AreTheSame()
    {
        var one = new AdaptiveSampler(new());
        var two = new AdaptiveSampler(new());
        for (int i = 0; i < 5000; i++)
        {
            _traffic.Wait(0.01);
            var trace = _traffic.Trace(_traffic.AnyPath(8), _traffic.Chance(0.01));
            var verdict = one.Judge(trace, _traffic.Now);
            Assert.Equal(verdict, two.Judge(trace, _traffic.Now));
            bool kept = ConsistentSampling.Keep(_traffic.Randomness(), ConsistentSampling.Threshold(verdict.Probability));
            one.Settle(kept);
            two.Settle(kept);
        }
    }

    [Fact]
    public void Memory_UnderEndlessNewPaths_IsBounded()
    {
        var sampler = new AdaptiveSampler(new() { Remembered = 100 });
        for (int path = 0; path < 5000; path++)
        {
            _traffic.Wait(0.01);
            sampler.Judge(_traffic.Trace(path), _traffic.Now);
            sampler.Settle(path % 7 == 0);
        }

        Assert.InRange(sampler.KnownPaths, 1, 200);
        Assert.InRange(sampler.KnownEdges, 1, 200);
    }

    [Fact]
    public void Judge_OfKnownTraffic_AllocatesNothing()
    {
        _traffic.Tag(new SampledTag(1, 1));
        Warm(20_000);
        long least = long.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Warm(2000);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    private void Warm(int traces)
    {
        for (int i = 0; i < traces; i++)
        {
            Judge(_traffic.AnyPath(8));
        }
    }

    private double Likely(int path)
    {
        double sum = 0;
        for (int i = 0; i < 4000; i++)
        {
            // Seldom enough that the budget has room for it.
            double probability = Judge(i % 40 == 0 ? path : 0).Probability;
            sum += i % 40 == 0 ? probability : 0;
        }

        return sum / 100;
    }

    private SamplingVerdict Judge(int path, bool failed = false, double slower = 0)
    {
        _traffic.Wait(0.01);
        var verdict = _sampler.Judge(_traffic.Trace(path, failed, slower), _traffic.Now);
        _sampler.Settle(ConsistentSampling.Keep(_traffic.Randomness(), ConsistentSampling.Threshold(verdict.Probability)));
        return verdict;
    }
}
