namespace MeshInsight.Benchmarks.Replay;

/// <param name="AbnormalRecall">Abnormal traces kept of all abnormal ones.</param>
/// <param name="AbnormalShare">Abnormal traces of those kept.</param>
/// <param name="PathCoverage">Path types with a kept trace.</param>
/// <param name="CaseCoverage">Faults with an abnormal trace, of which one was kept.</param>
/// <param name="First">Faults whose service the reference ranks first (A@1).</param>
/// <param name="AmongThree">The same among the first three (A@3).</param>
/// <param name="ReciprocalRank">Mean of 1 / rank (MRR).</param>
/// <param name="Cases">Faults during which any trace was recorded.</param>
internal readonly record struct SamplingScore(
    double Rate,
    double AbnormalRecall,
    double AbnormalShare,
    double PathCoverage,
    double CaseCoverage,
    double First,
    double AmongThree,
    double ReciprocalRank,
    double Cases)
{
    public static SamplingScore Mean(IReadOnlyList<SamplingScore> scores) => new(
        scores.Average(score => score.Rate),
        scores.Average(score => score.AbnormalRecall),
        scores.Average(score => score.AbnormalShare),
        scores.Average(score => score.PathCoverage),
        scores.Average(score => score.CaseCoverage),
        scores.Average(score => score.First),
        scores.Average(score => score.AmongThree),
        scores.Average(score => score.ReciprocalRank),
        scores.Average(score => score.Cases));
}

/// <summary>Says what a set of kept traces is worth.</summary>
internal sealed class SamplingScorer
{
    private readonly ReplaySet _set;
    private readonly ReplayLabels _labels;
    private readonly ReferenceRca _rca;
    private readonly TraceLabel[] _traces;
    private readonly int _abnormal;
    private readonly int _abnormalCases;

    public SamplingScorer(ReplaySet set, ReplayLabels labels)
    {
        _set = set;
        _labels = labels;
        _rca = new(set, labels);
        _traces = [.. set.Traces.Select(trace => labels.Traces[trace.TraceId])];
        _abnormal = _traces.Count(label => label.IsAbnormal);
        _abnormalCases = _traces.Where(label => label.IsAbnormal).Select(label => label.CaseId).Distinct().Count();
    }

    /// <param name="kept">By position in the set.</param>
    public SamplingScore Score(bool[] kept)
    {
        int[] positions = [.. Enumerable.Range(0, kept.Length).Where(i => kept[i])];
        int abnormal = positions.Count(i => _traces[i].IsAbnormal);
        int paths = positions.Select(i => _set.Traces[i].PathType).Distinct().Count();
        int covered = positions.Where(i => _traces[i].IsAbnormal).Select(i => _traces[i].CaseId).Distinct().Count();
        int[] ranks = [.. _labels.Cases.Where(fault => _rca.IsScorable(fault.Id)).Select(fault => _rca.Rank(fault, kept))];
        double cases = Math.Max(1, ranks.Length);
        return new(
            (double)positions.Length / kept.Length,
            (double)abnormal / Math.Max(1, _abnormal),
            (double)abnormal / Math.Max(1, positions.Length),
            (double)paths / _set.PathTypes,
            (double)covered / Math.Max(1, _abnormalCases),
            ranks.Count(rank => rank == 1) / cases,
            ranks.Count(rank => rank is >= 1 and <= 3) / cases,
            ranks.Sum(rank => rank > 0 ? 1.0 / rank : 0) / cases,
            ranks.Length);
    }
}
