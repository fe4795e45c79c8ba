using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Storage.Records;

/// <summary>Who measured an edge.</summary>
public enum EdgeSide
{
    /// <summary>The caller's sidecar: retries and network included.</summary>
    Client,

    /// <summary>The callee's sidecar.</summary>
    Server,
}

/// <summary>Calls from one version to another within one second, sampled or not. Rows of the same second and key add up.</summary>
/// <param name="UnixSeconds">Start of the second.</param>
/// <param name="Protocol"><c>http</c>, <c>grpc</c> or empty.</param>
/// <param name="Latency">Read while it is written, not kept.</param>
public sealed record EdgeRow(
    long UnixSeconds,
    EdgeSide Side,
    string Source,
    string SourceVersion,
    string Destination,
    string DestinationVersion,
    string Protocol,
    ulong Requests,
    ulong Errors,
    LatencySketch Latency);
