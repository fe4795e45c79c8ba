using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Storage.Queries;

/// <summary>Rate, errors and duration over some time. Counted before sampling, so exact.</summary>
/// <param name="ErrorShare">0..1; NaN without requests.</param>
/// <param name="P50Millis">To 1/32; NaN without requests.</param>
public readonly record struct Red(
    long Requests,
    long Errors,
    double RequestsPerSecond,
    double ErrorShare,
    double MeanMillis,
    double P50Millis,
    double P95Millis,
    double P99Millis)
{
    internal static Red None { get; } = new(0, 0, 0, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);

    internal static Red Of(long requests, long errors, double seconds, double sumMicros, LatencySketch latency) => requests == 0
        ? None
        : new(
            requests,
            errors,
            requests / seconds,
            (double)errors / requests,
            sumMicros / requests / 1000,
            latency.QuantileMicros(0.50) / 1000,
            latency.QuantileMicros(0.95) / 1000,
            latency.QuantileMicros(0.99) / 1000);
}

/// <param name="Time">Start of the step.</param>
public readonly record struct RedPoint(DateTimeOffset Time, Red Red);

/// <summary>One line of a chart.</summary>
/// <param name="Key">Service, version, instance or operation, as grouped; empty when not grouped.</param>
/// <param name="Points">One per step without gaps; a step without requests has none in its <see cref="Red"/>.</param>
public sealed record RedSeries(string Key, IReadOnlyList<RedPoint> Points);
