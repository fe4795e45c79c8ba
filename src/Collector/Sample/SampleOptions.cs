using MeshInsight.Anomaly.Sampling;

namespace MeshInsight.Collector.Sample;

internal sealed record SampleOptions
{
    public PathSamplerOptions Paths { get; init; } = new();

    /// <summary>Decisions remembered for late spans, in each of two generations. Default 100,000.</summary>
    public int RememberedTraces { get; init; } = 100_000;

    /// <summary>Score from which a trace without error is told why it is unusual. Default 0.8, where the path model calls it slow.</summary>
    public double SuspicionScore { get; init; } = 0.8;
}
