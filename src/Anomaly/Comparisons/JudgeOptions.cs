namespace MeshInsight.Anomaly.Comparisons;

/// <summary>How a rollout is judged.</summary>
/// <param name="Alpha">Bound on ever calling a healthy canary harmful, over the whole rollout and all signals; 0 to 0.5.</param>
/// <param name="Errors">Compare failed requests.</param>
/// <param name="Latency">Compare requests above the stable arm's p95.</param>
public sealed record JudgeOptions(double Alpha, bool Errors, bool Latency)
{
    /// <summary>
    /// How many times the stable arm's share of slow requests is still no harm. Two arms are never equally fast: the canary is colder and
    /// has other neighbours. 2 allows 10 % above the stable p95.
    /// </summary>
    public double LatencyTolerance { get; init; } = 2;

    /// <summary>Requests to the canary whose latency does not count: caches and compilers are cold.</summary>
    public int LatencyWarmUpRequests { get; init; } = 100;
}

/// <summary>Everything a judge has learnt, to go on after a restart with the same bound.</summary>
public sealed record JudgeState(
    ArmBlock Stable,
    ArmBlock Canary,
    IReadOnlyList<IReadOnlyList<double>> Signals,
    IReadOnlyDictionary<string, ExplainedErrors> Explained);
