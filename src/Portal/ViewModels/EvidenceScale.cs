using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.Portal.ViewModels;

/// <summary>
/// Where an e-value stands between "canary better" and "harm proven", on a log scale: equal steps of the marker are equal factors of evidence.
/// The scale reaches as far below 1 as a tenth and past the bound by a factor of ten.
/// </summary>
public sealed record EvidenceScale(EvidenceMeter Meter)
{
    private const double Lowest = 0.01;

    private double Highest => Math.Max(Meter.Bound * 10, 100);

    /// <summary>0..1 along the scale.</summary>
    public double Position => double.IsNaN(Meter.EValue) ? NeutralPosition : At(Meter.EValue);

    public double BoundPosition => At(Meter.Bound);

    public double NeutralPosition => At(1);

    public Condition Condition => double.IsNaN(Meter.EValue) ? Condition.Unknown
        : Meter.EValue >= Meter.Bound ? Condition.Failing
        : Meter.EValue >= Math.Sqrt(Meter.Bound) ? Condition.Degraded
        : Condition.Ok;

    public string Sentence => Meter.EValue switch
    {
        var e when double.IsNaN(e) => "no evidence yet",
        var e when e >= Meter.Bound => $"harm proven: at most 1 in {Figures.Short(Meter.Bound)} healthy canaries would ever look like this",
        >= 1.5 => $"{Figures.Short(Meter.EValue)} to 1 for harm; {Figures.Short(Meter.Bound)} to 1 proves it",
        > 0.67 => "no evidence either way",
        var e => $"{Figures.Short(1 / e)} to 1 against harm",
    };

    private double At(double value) =>
        Math.Clamp(Math.Log10(Math.Max(value, Lowest) / Lowest) / Math.Log10(Highest / Lowest), 0, 1);
}
