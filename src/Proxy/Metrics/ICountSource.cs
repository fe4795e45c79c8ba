namespace MeshInsight.Proxy.Metrics;

/// <summary>Counts since the sidecar's start that go out as OTLP beside the request metrics.</summary>
internal interface ICountSource
{
    MetricInfo Info { get; }

    /// <summary>One for each combination of labels that was seen.</summary>
    IEnumerable<(IReadOnlyList<KeyValuePair<string, string>> Labels, long Count)> Read();
}
