namespace MeshInsight.Collector.Report;

internal sealed record ReportOptions
{
    public required Uri ControlUrl { get; init; }

    /// <summary>Read at every connect, so that a rotated token is taken without a restart; empty for none.</summary>
    public string TokenFile { get; init; } = "";

    /// <summary>Reports kept for resending; beyond, the oldest is dropped and counted. Default 300, five minutes.</summary>
    public int MaxUnacknowledged { get; init; } = 300;

    /// <summary>First wait before a reconnect, doubled up to <see cref="MaxBackoff"/>. Default 200 ms.</summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Default 5 s.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(5);
}
