namespace MeshInsight.Anomaly.Sampling;

/// <summary>
/// Level and spread of a duration: its median and 95th percentile, followed in the logarithm by stochastic approximation, so that an outlier moves them by
/// one step however far out it lies. Knowledge turns over in <see cref="MemorySeconds"/>, not after so many values: a busy operation must not take a fault
/// of a minute for its new self.
/// </summary>
/// <remarks>Method: H. Robbins and S. Monro, 1951; step in proportion to the spread as in L. Tierney, SIAM J. Sci. Stat. Comput. 4(4), 1983. O(1).</remarks>
internal struct UsualTime
{
    /// <summary>Values before the estimate is used.</summary>
    public const int LeastCount = 20;

    private const double MemorySeconds = 120;
    private const double LargestWeight = 0.01;
    private const double LeastSpread = 0.05;

    // Steps of the two estimates in spreads: the further out a percentile, the rarer the steps that lead there.
    private const double MedianStep = 4;
    private const double HighStep = 8;

    private double _median;
    private double _high;
    private long _learntAt;

    public int Count { get; private set; }

    public readonly bool IsKnown => Count >= LeastCount;

    public readonly double MedianNanos => Math.Exp(_median);

    /// <summary>The 95th percentile.</summary>
    public readonly double HighNanos => Math.Exp(_high);

    /// <summary>How many spreads (median to 95th percentile) the duration lies above the median; negative below.</summary>
    public readonly double Spreads(long nanos, double leastSpread) => (Log(nanos) - _median) / Math.Max(leastSpread, _high - _median);

    public void Learn(long nanos, long nowUnixNanos)
    {
        double value = Log(nanos);
        Count++;
        if (Count == 1)
        {
            _median = value;
            _high = value + 0.3;
            _learntAt = nowUnixNanos;
            return;
        }

        double elapsed = Math.Max(0, (nowUnixNanos - _learntAt) / 1e9);
        double weight = Math.Max(1.0 / Count, Math.Min(LargestWeight, elapsed / MemorySeconds));
        double spread = Math.Max(LeastSpread, _high - _median);
        _median += MedianStep * weight * spread * (0.5 - (value < _median ? 1 : 0));
        _high = Math.Max(_median, _high + (HighStep * weight * spread * (0.95 - (value < _high ? 1 : 0))));
        _learntAt = Math.Max(_learntAt, nowUnixNanos);
    }

    // 0.1 ms more or less is the clock's and the scheduler's.
    private static double Log(long nanos) => Math.Log(100_000 + Math.Max(0, nanos));
}
