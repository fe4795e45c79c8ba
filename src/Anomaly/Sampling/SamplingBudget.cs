namespace MeshInsight.Anomaly.Sampling;

public enum BudgetUnit
{
    /// <summary>Part of all traces (0 to 1).</summary>
    Share,
    TracesPerSecond,
    BytesPerSecond,
}

/// <summary>What may be kept, everything included.</summary>
public readonly record struct SamplingBudget(double Amount, BudgetUnit Unit);
