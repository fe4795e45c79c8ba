namespace MeshInsight.Anomaly.Sampling;

/// <summary>What is usual for traces of one structure.</summary>
internal sealed class PathTypeModel
{
    private const double RateHalfLifeSeconds = 60;
    private FadingCount _lately;

    public UsualTime Duration;

    public TraceCount Traces;

    /// <summary>Kept lately.</summary>
    public FadingCount Kept;

    /// <summary>Traces a minute before the present one.</summary>
    public double PerMinute { get; private set; }

    public void Count(long trace, long nowUnixNanos)
    {
        Traces.Add(trace);
        PerMinute = _lately.Value(nowUnixNanos, RateHalfLifeSeconds) * Math.Log(2) * 60 / RateHalfLifeSeconds;
        _lately.Add(1, nowUnixNanos, RateHalfLifeSeconds);
    }
}
