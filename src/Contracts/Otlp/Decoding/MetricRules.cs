using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Decoding;

/// <summary>How foreign metric values become ours: the same for protobuf and JSON.</summary>
internal static class MetricRules
{
    public static Temporality Temporality(ulong value) =>
        value <= (ulong)Telemetry.Temporality.Cumulative ? (Temporality)value : Telemetry.Temporality.Unspecified;

    /// <summary>Both may be absent (sum and count only); else metrics.proto wants one bucket more than there are bounds.</summary>
    public static bool BucketsFit(RowRange buckets, RowRange bounds) => (buckets.Count == 0 && bounds.Count == 0) || buckets.Count == bounds.Count + 1;
}
