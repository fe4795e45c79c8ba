using MeshInsight.Contracts.Findings;

namespace MeshInsight.Anomaly.Detectors;

/// <summary>A departure from the baseline of one subject.</summary>
/// <param name="SinceUnixSeconds">First second of the departure, not of its detection.</param>
/// <param name="Confidence">0..1 on a logarithmic scale of the tail probability: 0.9 at the alarm bound, 0.99 at its square.</param>
/// <param name="Observed">Share of failed requests 0..1, or median latency in milliseconds.</param>
/// <param name="Expected">The baseline's share, or p95 in milliseconds.</param>
public sealed record Detection(SignalKind Signal, bool IsActive, long SinceUnixSeconds, double Confidence, double Observed, double Expected);
