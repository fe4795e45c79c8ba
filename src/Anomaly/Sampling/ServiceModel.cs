namespace MeshInsight.Anomaly.Sampling;

/// <summary>
/// How often a service takes longer than usual right now, against how often it does so in the long run. A single slow trace may be chance; when a service
/// is slow in one trace after the other, it is not.
/// </summary>
internal sealed class ServiceModel
{
    private const double HalfLifeSeconds = 45;
    private const double LeastUsualRate = 0.01;
    private const double LeastWeight = 0.001;

    /// <summary>Traces at the usual rate that are assumed before any is seen.</summary>
    private const double PriorTraces = 5;

    private FadingCount _traces;
    private FadingCount _slowTraces;
    private double _usualRate = 0.05;
    private long _seen;

    /// <summary>Kept because of it, lately.</summary>
    public FadingCount Kept;

    public ulong Key { get; set; }

    /// <summary>The trace that <see cref="ExcessSeconds"/> belongs to.</summary>
    public long CountedIn { get; set; }

    public double ExcessSeconds { get; set; }

    /// <summary>0 at the usual rate or below, 1 at twice the usual rate.</summary>
    public double Lift(bool isSlow, long nowUnixNanos)
    {
        _traces.Add(1, nowUnixNanos, HalfLifeSeconds);
        _slowTraces.Add(isSlow ? 1 : 0, nowUnixNanos, HalfLifeSeconds);
        _seen++;
        _usualRate += ((isSlow ? 1 : 0) - _usualRate) * Math.Max(LeastWeight, 1.0 / (_seen + 20));
        double usual = Math.Max(LeastUsualRate, _usualRate);
        double now = (_slowTraces.Value(nowUnixNanos, HalfLifeSeconds) + (PriorTraces * usual)) / (_traces.Value(nowUnixNanos, HalfLifeSeconds) + PriorTraces);
        return Math.Max(0, (now / usual) - 1);
    }
}
