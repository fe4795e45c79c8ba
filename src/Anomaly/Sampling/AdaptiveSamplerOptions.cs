namespace MeshInsight.Anomaly.Sampling;

public sealed record AdaptiveSamplerOptions
{
    /// <summary>What may be kept, errors and everything else unusual included. Default 10 traces a second.</summary>
    public SamplingBudget Budget { get; init; } = new(10, BudgetUnit.TracesPerSecond);

    /// <summary>Operations, services, path types and attribute values remembered, each in two generations of so many. Default 10,000.</summary>
    public int Remembered { get; init; } = 10_000;
}
