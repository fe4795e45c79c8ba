using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.ControlPlane.Findings;

/// <summary>What one version of a service did since it was last asked for.</summary>
/// <param name="Latency">As the servers measured it; owned by the receiver.</param>
/// <param name="Explained">Failed requests that a failed call explains, by callee.</param>
internal sealed record ArmWindow(long Requests, long Errors, LatencySketch Latency, IReadOnlyDictionary<string, long> Explained)
{
    public static ArmWindow Empty => new(0, 0, new LatencySketch(), new Dictionary<string, long>());
}
