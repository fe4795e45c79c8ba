using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Anomaly.Comparisons;

/// <summary>
/// The stable arm's p95 as a <see cref="LatencySketch"/> bucket: exceedance of a bound is a yes-or-no event per request, which the same test
/// as for errors can count. Quantile estimates of small arms could not be compared. The bound is taken anew from the stable arm's past
/// every <see cref="RefreezeSeconds"/>, so that the first, cold seconds do not set it for good; a bound that only knows the past keeps the test valid.
/// </summary>
public sealed class LatencyThreshold
{
    /// <summary>A p95 from fewer requests would be the maximum of a handful.</summary>
    public const int MinimumRequests = 100;

    /// <summary>Seconds with traffic that a bound is used for.</summary>
    public const int RefreezeSeconds = 10;

    private readonly LatencySketch _stable = new();
    private int _seconds;

    /// <summary>Null until the stable arm had <see cref="MinimumRequests"/>.</summary>
    public int? Bucket { get; private set; }

    public void Add(LatencySketch stableSecond)
    {
        _stable.Merge(stableSecond);
        _seconds += stableSecond.Count > 0 ? 1 : 0;
        if (Bucket is null || _seconds >= RefreezeSeconds)
        {
            Refreeze();
        }
    }

    /// <summary>Takes the p95 of what came since the last freeze; keeps the old bound when that was too little.</summary>
    public void Refreeze()
    {
        if (_stable.Count < MinimumRequests)
        {
            return;
        }

        Bucket = LatencySketch.BucketOf((long)(_stable.QuantileMicros(0.95) * 1000));
        _stable.Clear();
        _seconds = 0;
    }
}
