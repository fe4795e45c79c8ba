using MeshInsight.Anomaly.Sampling;

namespace MeshInsight.Anomaly.Tests.Sampling;

/// <summary>Nothing sampled biases a number: what is kept, weighted by 1 / p, gives the traffic back.</summary>
public class SamplingBiasTests
{
    private const int Runs = 200;
    private const int Traces = 2500;

    [Theory]
    [InlineData(BudgetUnit.Share, 0.05)]
    [InlineData(BudgetUnit.TracesPerSecond, 5)]
    [InlineData(BudgetUnit.BytesPerSecond, 7500)]
    public void Estimates_OfManySeededRuns_AreUnbiased(BudgetUnit unit, double amount)
    {
        var errors = Enumerable.Range(1, Runs).AsParallel().AsOrdered().Select(seed => Run(seed, new(amount, unit))).ToArray();

        foreach (Func<Totals, double> figure in (Func<Totals, double>[])[run => run.Count, run => run.Failed, run => run.Seconds])
        {
            // Each run's error in units of its own sigma: mean 0 within 3 standard errors, and hardly any run outside its 3 sigma.
            double[] standardised = [.. errors.Select(run => figure(run.Error) / Math.Sqrt(Math.Max(1e-9, figure(run.Variance))))];
            double[] plain = [.. errors.Select(run => figure(run.Error))];
            double standardError = Math.Sqrt(plain.Sum(error => error * error) / Runs / Runs);
            Assert.InRange(plain.Average(), -3 * standardError, 3 * standardError);
            int within = standardised.Count(error => Math.Abs(error) <= 3);
            Assert.True(within >= 0.97 * Runs, $"{within} of {Runs}");
        }
    }

    // 100 traces a second of 8 path types; 1 % fail, and the busiest path's backend is slow for a while.
    private static (Totals Error, Totals Variance) Run(int seed, SamplingBudget budget)
    {
        var traffic = new TraceTraffic(seed);
        var sampler = new AdaptiveSampler(new() { Budget = budget });
        var error = default(Totals);
        var variance = default(Totals);
        for (int i = 0; i < Traces; i++)
        {
            traffic.Wait(0.01);
            int path = traffic.AnyPath(8);
            var trace = traffic.Trace(path, traffic.Chance(0.01), i is > 1000 and < 1500 && path == 0 ? 0.1 : 0);
            var verdict = sampler.Judge(trace, traffic.Now);
            ulong threshold = ConsistentSampling.Threshold(verdict.Probability);
            bool kept = ConsistentSampling.Keep(traffic.Randomness(), threshold);
            sampler.Settle(kept);
            double p = ConsistentSampling.Probability(threshold);
            Assert.InRange(p, ConsistentSampling.LeastProbability, 1);
            var values = new Totals(1, traffic.Failed ? 1 : 0, traffic.DurationSeconds);
            error = error.Plus(values, (kept ? 1 / p : 0) - 1);
            variance = variance.Plus(values.Squared, (1 - p) / p);
        }

        return (error, variance);
    }

    private readonly record struct Totals(double Count, double Failed, double Seconds)
    {
        public Totals Squared => new(Count * Count, Failed * Failed, Seconds * Seconds);

        public Totals Plus(Totals other, double weight) => new(Count + (weight * other.Count), Failed + (weight * other.Failed), Seconds + (weight * other.Seconds));
    }
}
