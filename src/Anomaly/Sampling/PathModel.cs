namespace MeshInsight.Anomaly.Sampling;

/// <summary>
/// Online model of one path type: its rate, and mean and spread of the logarithm of its duration (Welford with a floor on the weight of
/// the newest, so that it follows drifts of minutes).
/// </summary>
internal sealed class PathModel(double halfLifeSeconds)
{
    /// <summary>Score from which a trace counts as slow: 3 standard deviations of the logarithm above the mean.</summary>
    public const double SlowScore = 0.8;

    private const double SlowDeviations = 3;

    /// <summary>Spread of ln(duration) is at least this: 5 % slower than a metronome is not slow.</summary>
    private const double LeastDeviation = 0.15;

    private const double LeastWeight = 1.0 / 500;

    private double _mean;
    private double _variance;

    public long Traces { get; private set; }

    public FadingRate Rate { get; } = new(halfLifeSeconds);

    /// <summary>0 up to the mean, <see cref="SlowScore"/> at three deviations above it, towards 1 beyond.</summary>
    public double Score(long durationNanos)
    {
        if (Traces < 2)
        {
            return 0;
        }

        double deviation = Math.Max(LeastDeviation, Math.Sqrt(_variance));
        double z = Math.Max(0, (Log(durationNanos) - _mean) / deviation);
        return 1 - Math.Pow(1 - SlowScore, z / SlowDeviations);
    }

    public void Add(long durationNanos, bool hasError, long nowUnixNanos)
    {
        Traces++;
        Rate.Add(nowUnixNanos);
        if (hasError && Traces > 2)
        {
            // Failures are fast or time out; neither says how long the path takes.
            return;
        }

        double weight = Math.Max(LeastWeight, 1.0 / Traces);
        double delta = Log(durationNanos) - _mean;
        _mean += weight * delta;
        _variance = (1 - weight) * (_variance + (weight * delta * delta));
    }

    private static double Log(long nanos) => Math.Log(Math.Max(1000, nanos));
}
