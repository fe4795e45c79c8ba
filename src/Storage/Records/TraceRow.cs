using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Storage.Records;

/// <summary>One kept trace.</summary>
/// <param name="DurationNano">From the first start to the last end.</param>
/// <param name="Services">Every service once.</param>
/// <param name="Versions">Every <see cref="ServiceVersion"/> once.</param>
/// <param name="Operations">Every <see cref="ServiceOperation"/> once.</param>
/// <param name="AnomalyScore">0 = usual.</param>
/// <param name="SuspectedService">Empty when none.</param>
/// <param name="SamplingProbability">Above 0, up to 1.</param>
/// <param name="SamplingReason">A word of few.</param>
public sealed record TraceRow(
    TraceId TraceId,
    long StartUnixNano,
    long DurationNano,
    string RootService,
    string RootOperation,
    IReadOnlyCollection<string> Services,
    IReadOnlyCollection<string> Versions,
    IReadOnlyCollection<string> Operations,
    int SpanCount,
    int ErrorCount,
    float AnomalyScore,
    string SuspectedService,
    double SamplingProbability,
    string SamplingReason)
{
    /// <summary>How <see cref="Versions"/> names a version: <c>checkout@v2</c>.</summary>
    public static string ServiceVersion(string service, string version) => $"{service}@{version}";

    /// <summary>How <see cref="Operations"/> names an operation: <c>checkout:GET /cart</c>.</summary>
    public static string ServiceOperation(string service, string operation) => $"{service}:{operation}";
}
