using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Storage.Queries;

/// <summary>How long one part of calls took.</summary>
/// <param name="MeanMillis">NaN without requests, as the others. Means of the four parts add up to the mean of the whole; quantiles do not.</param>
public readonly record struct PartTime(double MeanMillis, double P50Millis, double P99Millis)
{
    public static PartTime None { get; } = new(double.NaN, double.NaN, double.NaN);

    internal static PartTime Of(double sumMicros, LatencySketch sketch) => sketch.Count == 0
        ? None
        : new(sumMicros / sketch.Count / 1000, sketch.QuantileMicros(0.50) / 1000, sketch.QuantileMicros(0.99) / 1000);
}

/// <summary>Where the time of calls from one version to another went, until the response's head was passed on.</summary>
/// <param name="Requests">Tries that have the split.</param>
public sealed record EdgeTimes(
    string Source,
    string SourceVersion,
    string Destination,
    string DestinationVersion,
    long Requests,
    PartTime ClientProxy,
    PartTime Network,
    PartTime ServerProxy,
    PartTime App)
{
    public double MeanMillis => ClientProxy.MeanMillis + Network.MeanMillis + ServerProxy.MeanMillis + App.MeanMillis;

    /// <summary>What both sidecars cost on average.</summary>
    public double MeshMillis => ClientProxy.MeanMillis + ServerProxy.MeanMillis;
}
