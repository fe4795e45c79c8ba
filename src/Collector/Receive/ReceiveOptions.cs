namespace MeshInsight.Collector.Receive;

internal sealed record ReceiveOptions
{
    /// <summary>Bytes of one request, before and after inflation. Default 64 MiB, which OTLP recommends.</summary>
    public int MaxRequestBytes { get; init; } = 64 << 20;

    /// <summary>Bytes of HTTP request bodies being read at one time, over all connections; beyond, senders are told to come again. Default 256 MiB.</summary>
    public long MaxInFlightBytes { get; init; } = 256L << 20;

    /// <summary>Bytes of decoded spans between the receivers and the pipeline. Default 128 MiB.</summary>
    public long QueueBytes { get; init; } = 128L << 20;

    /// <summary>Bytes of decoded logs that wait for an insert; the same again for metrics. Default 64 MiB.</summary>
    public long MergeBytes { get; init; } = 64L << 20;

    /// <summary>When a sender that was refused for lack of room should come again. Default 1 s.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);
}
