namespace MeshInsight.Collector.Detect;

internal sealed record WindowOptions
{
    /// <summary>How long after a second's end its spans are waited for; sidecars send every second. Default 1.5 s.</summary>
    public TimeSpan Lateness { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>A service counts as having sidecars for so long after its last sidecar span. Default 60 s.</summary>
    public TimeSpan SidecarMemory { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Distinct seconds open at once; beyond, the oldest straggler is closed early. Default 64.</summary>
    public int MaxOpenSeconds { get; init; } = 64;

    /// <summary>Rows of one second; beyond, operations count as <c>_other</c>. Default 20,000.</summary>
    public int MaxRowsPerSecond { get; init; } = 20_000;

    /// <summary>Distinct names of any kind. Default 65,536.</summary>
    public int MaxNames { get; init; } = 65_536;

    /// <summary>Entries of each short-lived join table. Default 20,000.</summary>
    public int MaxJoins { get; init; } = 20_000;

    /// <summary>How long the two halves of a join wait for each other, at least. Default 10 s.</summary>
    public TimeSpan JoinMemory { get; init; } = TimeSpan.FromSeconds(10);
}
