using MeshInsight.Anomaly.Detectors;

namespace MeshInsight.Collector.Detect;

internal sealed record DetectOptions
{
    public RedDetectorOptions Detector { get; init; } = new();

    /// <summary>Services, versions, instances and edges watched at once. Default 5,000.</summary>
    public int MaxSubjects { get; init; } = 5_000;

    /// <summary>A subject without traffic for so long is forgotten, its baseline too. Default 10 min.</summary>
    public TimeSpan IdleLife { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Seconds of traffic before an instance's or version's own baseline is believed; until then its service's counts. Default 60 s.</summary>
    public int OwnBaselineSeconds { get; init; } = 60;

    /// <summary>Seconds summed up when the cause is looked for. Default 10 s.</summary>
    public int GraphSeconds { get; init; } = 10;

    /// <summary>An active finding without news is repeated so often. Default 5 s.</summary>
    public TimeSpan RepeatEvery { get; init; } = TimeSpan.FromSeconds(5);
}
