namespace MeshInsight.Anomaly.Comparisons;

/// <summary>What one arm of a rollout did in one closed second.</summary>
/// <param name="Slow">Requests above the stable arm's frozen p95 (<see cref="LatencyThreshold"/>).</param>
public readonly record struct ArmBlock(long Requests, long Errors, long Slow);

/// <summary>Failed requests of each arm, in one closed second, that a failed call to <paramref name="Callee"/> explains.</summary>
public readonly record struct ExplainedErrors(string Callee, long Stable, long Canary);
