using MeshInsight.Anomaly.Sampling;

namespace MeshInsight.Anomaly.Tests.Sampling;

/// <summary>What is kept is the budget, whatever comes; errors and everything unusual are inside it.</summary>
public class SamplingBudgetTests
{
    private const double WarmUpSeconds = 60;
    private const double Seconds = 600;
    private readonly TraceTraffic _traffic = new(1);

    public static TheoryData<string, SamplingBudget> Mixes
    {
        get
        {
            var data = new TheoryData<string, SamplingBudget>();
            foreach (string mix in (string[])["steady", "step", "bursts", "errors", "slow", "paths"])
            {
                data.Add(mix, new(5, BudgetUnit.TracesPerSecond));
                data.Add(mix, new(7500, BudgetUnit.BytesPerSecond));
                data.Add(mix, new(0.02, BudgetUnit.Share));
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Mixes))]
    public void Kept_UnderAnyMix_IsTheBudgetWithinATenth(string mix, SamplingBudget budget)
    {
        var sampler = new AdaptiveSampler(new() { Budget = budget });
        double start = _traffic.Now / 1e9;
        double kept = 0;
        double allowed = 0;
        for (double at = 0; at < WarmUpSeconds + Seconds; at = (_traffic.Now / 1e9) - start)
        {
            double wait = 1 / Rate(mix, at);
            _traffic.Wait(wait);
            bool isFault = at % 120 > 60;
            int path = mix == "paths" && isFault ? _traffic.AnyPath(8) + (int)(at * 50) : _traffic.AnyPath(8);
            var trace = _traffic.Trace(path, failed: _traffic.Chance(mix == "errors" && isFault ? 0.5 : 0.005), slower: mix == "slow" && isFault ? 1 : 0);
            var verdict = sampler.Judge(trace, _traffic.Now);
            bool isKept = ConsistentSampling.Keep(_traffic.Randomness(), ConsistentSampling.Threshold(verdict.Probability));
            sampler.Settle(isKept);
            if (at >= WarmUpSeconds)
            {
                kept += !isKept ? 0 : budget.Unit == BudgetUnit.BytesPerSecond ? _traffic.SizeBytes : 1;
                allowed += budget.Unit == BudgetUnit.Share ? budget.Amount : budget.Amount * wait;
            }
        }

        Assert.InRange(kept / allowed, 0.9, 1.1);
    }

    [Fact]
    public void Kept_WhenLessComesThanTheBudget_IsEverything()
    {
        var sampler = new AdaptiveSampler(new() { Budget = new(10, BudgetUnit.TracesPerSecond) });
        for (int i = 0; i < 1000; i++)
        {
            _traffic.Wait(0.5);
            Assert.Equal(1, sampler.Judge(_traffic.Trace(), _traffic.Now).Probability);
            sampler.Settle(true);
        }
    }

    [Fact]
    public void Kept_AtAColdStart_StaysNearTheBudget()
    {
        var sampler = new AdaptiveSampler(new() { Budget = new(5, BudgetUnit.TracesPerSecond) });
        int kept = 0;
        for (int i = 0; i < 3000; i++)
        {
            // Everything is new at first.
            _traffic.Wait(0.01);
            var verdict = sampler.Judge(_traffic.Trace(i % 200), _traffic.Now);
            bool isKept = ConsistentSampling.Keep(_traffic.Randomness(), ConsistentSampling.Threshold(verdict.Probability));
            sampler.Settle(isKept);
            kept += isKept ? 1 : 0;
        }

        // Half a minute: 150. It saves up at first, while everything is as unusual as everything else, and may be overdrawn by about its horizon of 15 s.
        Assert.InRange(kept, 50, 225);
    }

    [Fact]
    public void Unseen_UnderStress_KeepsTheBudgetByChance()
    {
        var sampler = new AdaptiveSampler(new() { Budget = new(0.05, BudgetUnit.Share) });
        int kept = 0;
        for (int i = 0; i < 20_000; i++)
        {
            _traffic.Wait(0.001);
            var verdict = sampler.JudgeUnseen(_traffic.Trace(), _traffic.Now);
            Assert.Equal(SamplingReason.Relief, verdict.Reason);
            bool isKept = ConsistentSampling.Keep(_traffic.Randomness(), ConsistentSampling.Threshold(verdict.Probability));
            sampler.Settle(isKept);
            kept += isKept ? 1 : 0;
        }

        Assert.InRange(kept, 900, 1100);
    }

    private static double Rate(string mix, double at) => mix switch
    {
        "step" => at < 300 ? 20 : 200,
        "bursts" => at % 100 < 10 ? 400 : 20,
        _ => 60,
    };
}
