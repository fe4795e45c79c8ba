using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Storage.Records;

/// <summary>What one operation of one instance answered within one second, sampled or not. Rows of the same second and key add up.</summary>
/// <param name="UnixSeconds">Start of the second.</param>
/// <param name="Latency">Read while it is written, not kept.</param>
public sealed record RedRow(
    long UnixSeconds,
    string Service,
    string Version,
    string Instance,
    string Operation,
    ulong Requests,
    ulong Errors,
    LatencySketch Latency);
