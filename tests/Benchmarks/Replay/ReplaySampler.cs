using MeshInsight.Anomaly.Sampling;

namespace MeshInsight.Benchmarks.Replay;

/// <summary>
/// The real sampler over a recorded set: traces in the order in which their last span ended, each judged <see cref="s_quiet"/> later, as the collector does,
/// with nothing known of what comes after.
/// </summary>
internal static class ReplaySampler
{
    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(1.5);

    /// <summary>Which traces are kept.</summary>
    public static bool[] Run(ReplaySet set, double budget, int seed)
    {
        var sampler = new AdaptiveSampler(new() { Budget = new(budget, BudgetUnit.Share) });
        bool[] kept = new bool[set.Traces.Length];
        var view = new ReplayView();
        for (int i = 0; i < kept.Length; i++)
        {
            var trace = set.Traces[i];
            var verdict = sampler.Judge(view.Of(trace), (trace.EndMicros * 1000) + (s_quiet.Ticks * 100));
            kept[i] = ConsistentSampling.Keep(Randomness(trace, seed), ConsistentSampling.Threshold(verdict.Probability));
            sampler.Settle(kept[i]);
        }

        return kept;
    }

    /// <summary>R of a trace: its id's, or for other seeds another 56 bits that the id stands for.</summary>
    public static ulong Randomness(ReplayTrace trace, int seed)
    {
        ulong mixed = trace.Randomness + ((ulong)seed * 0x9E3779B97F4A7C15);
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return seed == 0 ? trace.Randomness : (mixed ^ (mixed >> 31)) >> 8;
    }
}
