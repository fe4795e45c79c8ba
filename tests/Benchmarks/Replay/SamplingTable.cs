using System.Globalization;
using System.Text;

namespace MeshInsight.Benchmarks.Replay;

/// <summary>Scores as rows of a Markdown table; means over seeds, and the least and largest rate of them.</summary>
internal sealed class SamplingTable
{
    private readonly StringBuilder _text = new(
        """
        | set | budget | sampler | rate | abn. recall | abn. share | path cov | case cov | A@1 | A@3 | MRR |
        |---|---|---|---|---|---|---|---|---|---|---|

        """);

    public string Text => _text.ToString();

    public void Add(string set, double? budget, string sampler, IReadOnlyList<SamplingScore> runs)
    {
        var mean = SamplingScore.Mean(runs);
        string name = runs.Count > 1 ? $"{sampler}, {runs.Count} seeds" : sampler;
        string rate = budget is null ? "1" : string.Create(CultureInfo.InvariantCulture, $"{mean.Rate:0.0000}");
        if (runs.Count > 1)
        {
            rate = string.Create(CultureInfo.InvariantCulture, $"{rate} ({runs.Min(run => run.Rate):0.0000}–{runs.Max(run => run.Rate):0.0000})");
        }

        string percent = budget is { } part ? string.Create(CultureInfo.InvariantCulture, $"{part * 100:0.#} %") : "–";
        double[] figures = [mean.AbnormalRecall, mean.AbnormalShare, mean.PathCoverage, mean.CaseCoverage, mean.First, mean.AmongThree, mean.ReciprocalRank];
        string cells = string.Join(" | ", figures.Select(figure => figure.ToString("0.000", CultureInfo.InvariantCulture)));
        _text.Append(CultureInfo.InvariantCulture, $"| {set} | {percent} | {name} | {rate} | {cells} |\n");
    }
}
