namespace MeshInsight.Collector.Assemble;

internal sealed record AssembleOptions
{
    /// <summary>A trace with its root is complete once no span of it came for so long. Default 1.5 s.</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>The same while the root is missing: it may still be on its way, or its service exports nothing. Default 4 s.</summary>
    public TimeSpan QuietWithoutRoot { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Longest wait after the first span. Default 10 s.</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of undecided spans; beyond, the oldest traces are decided early. Default 256 MiB.</summary>
    public long MaxBytes { get; init; } = 256L << 20;

    /// <summary>Undecided traces. Default 200,000.</summary>
    public int MaxTraces { get; init; } = 200_000;

    /// <summary>Spans of one trace before it is decided early; later ones follow the decision. Default 10,000.</summary>
    public int MaxSpansPerTrace { get; init; } = 10_000;
}
