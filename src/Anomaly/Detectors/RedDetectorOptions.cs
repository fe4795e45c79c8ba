namespace MeshInsight.Anomaly.Detectors;

/// <summary>When a subject's error share or latency counts as a departure. The defaults raise nothing on ordinary noise for hours.</summary>
public sealed record RedDetectorOptions
{
    /// <summary>Seconds looked at together; 2 to 60.</summary>
    public int WindowSeconds { get; init; } = 5;

    /// <summary>Seconds looked at together when the short window holds too few requests to say anything.</summary>
    public int QuietWindowSeconds { get; init; } = 30;

    /// <summary>Requests in the quiet window before a subject may alarm.</summary>
    public int QuietMinimumRequests { get; init; } = 5;

    /// <summary>Tail probability of the quiet window; neighbouring looks share most of its seconds, so there are far fewer independent ones.</summary>
    public double QuietAlarmProbability { get; init; } = 1e-6;

    /// <summary>Seconds with traffic before a subject may alarm: a baseline has to exist first.</summary>
    public int WarmUpSeconds { get; init; } = 20;

    /// <summary>Requests in the baseline before a subject may alarm.</summary>
    public int WarmUpRequests { get; init; } = 100;

    /// <summary>Requests in the window before it may alarm.</summary>
    public int MinimumRequests { get; init; } = 10;

    /// <summary>Failed requests in the window before it may alarm.</summary>
    public int MinimumErrors { get; init; } = 5;

    /// <summary>Error share above the baseline that is worth an alarm, 0..1.</summary>
    public double MinimumErrorShare { get; init; } = 0.02;

    /// <summary>Tail probability of the window under the baseline; looked at once a second per subject, hence so small.</summary>
    public double AlarmProbability { get; init; } = 1e-9;

    /// <summary>Median latency as a multiple of the baseline's p95 that counts as slow.</summary>
    public double SlowFactor { get; init; } = 1.5;

    /// <summary>Milliseconds above the baseline's p95 that the median must be at least.</summary>
    public double SlowMillis { get; init; } = 40;

    /// <summary>Usual seconds in a row that end a departure.</summary>
    public int RecoverySeconds { get; init; } = 5;

    /// <summary>Seconds without any request after which a departure ends as unknown.</summary>
    public int SilenceSeconds { get; init; } = 30;

    /// <summary>Half-life of the baseline, seconds.</summary>
    public double BaselineHalfLifeSeconds { get; init; } = 300;
}
