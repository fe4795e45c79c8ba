using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Metrics;

/// <summary>The labels of one edge: those of Istio's that name both ends.</summary>
internal static class EdgeLabels
{
    public static KeyValuePair<string, string>[] Of(EdgeKey key, Workload self) => key.IsOverflow
        ? OverflowLabels.All
        :
        [
            new("source_app", self.Service),
            new("source_version", self.Version),
            new("destination_app", key.Service),
            new("destination_version", key.Version),
        ];

    public static KeyValuePair<string, string>[] Of(EdgeKey key, Workload self, int part) => [.. Of(key, self), new("part", EdgeSeries.NameOf(part))];
}
