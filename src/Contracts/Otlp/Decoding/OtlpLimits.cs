namespace MeshInsight.Contracts.Otlp.Decoding;

/// <summary>What one request may cost. Beyond a limit the whole request is refused and the reason names the limit.</summary>
public sealed record OtlpLimits
{
    public static OtlpLimits Default { get; } = new();

    /// <summary>Bytes after decompression. Default 64 MiB, which the OTLP specification recommends.</summary>
    public int MaxMessageBytes { get; init; } = 64 << 20;

    /// <summary>Arrays and key-value lists inside each other in one attribute value, 1 to 60. Default 32.</summary>
    public int MaxValueDepth { get; init; } = 32;

    /// <summary>
    /// Rows that one request may add over all tables: records, attributes and their elements, events, links, exemplars, buckets. An empty record
    /// is two bytes on the wire and a hundred in memory, so the size limit alone does not bound memory. Default 4 Mi.
    /// </summary>
    public int MaxRows { get; init; } = 4 << 20;
}
