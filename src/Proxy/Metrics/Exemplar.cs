using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Proxy.Metrics;

/// <summary>One request that a histogram counted.</summary>
/// <param name="Parts">In the parts of the histogram's unit.</param>
internal readonly record struct Exemplar(TraceId TraceId, SpanId SpanId, long Parts, long UnixNanos);
