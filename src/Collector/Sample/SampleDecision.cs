using MeshInsight.Anomaly.Sampling;

namespace MeshInsight.Collector.Sample;

/// <summary>What was decided for a whole trace; spans that come later follow it.</summary>
/// <param name="Threshold">T; the trace is kept because its R is at least this.</param>
/// <param name="Randomness">R of the trace.</param>
/// <param name="Score">0 (usual) to 1.</param>
/// <param name="SuspectedService">The service that explains an error or slowness; empty when nothing is wrong.</param>
internal readonly record struct SampleDecision(
    bool Keep,
    ulong Threshold,
    ulong Randomness,
    float Score,
    SamplingReason Reason,
    string SuspectedService)
{
    /// <summary>With what probability a span of the trace got here, given the threshold its own tracestate brought along.</summary>
    /// <param name="incoming">Samplers may only raise T, so the higher one counts.</param>
    /// <returns>Null when the probability is unknown: the span came with a <c>th</c> that is unreadable or contradicts its R.</returns>
    public ulong? ThresholdOf(in OtTraceState incoming)
    {
        if (incoming.IsUnknown || incoming.Threshold > Randomness)
        {
            return null;
        }

        return Math.Max(Threshold, incoming.Threshold ?? 0);
    }
}

/// <summary>A kept trace as a whole. Texts are its own.</summary>
/// <param name="RootService">Of the root span, or of the earliest span while the root is missing.</param>
/// <param name="Failing">Who failed in it, for findings that want an example.</param>
internal sealed record SampledTrace(
    Contracts.Telemetry.TraceId TraceId,
    SampleDecision Decision,
    double Probability,
    string RootService,
    string RootOperation,
    long StartUnixNano,
    long DurationNanos,
    int SpanCount,
    int ErrorCount,
    IReadOnlyCollection<string> Services,
    IReadOnlyCollection<(string Service, string Version)> Versions,
    IReadOnlyCollection<(string Service, string Operation)> Operations,
    IReadOnlyList<TraceMember> Failing);

/// <summary>An instance that took part in a trace.</summary>
internal readonly record struct TraceMember(string Service, string Version, string Instance);
