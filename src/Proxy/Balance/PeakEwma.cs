namespace MeshInsight.Proxy.Balance;

/// <summary>
/// A round-trip estimate that jumps to a peak at once and forgets it slowly (Finagle's peak EWMA, as Linkerd balances by): an
/// exponentially weighted average over time, weight of the past <c>exp(-elapsed / decay)</c>. With no observations it decays towards zero,
/// so an endpoint that was slow is tried again. Thread-safe.
/// </summary>
internal sealed class PeakEwma(TimeProvider time)
{
    public static readonly TimeSpan DefaultRoundTrip = TimeSpan.FromMilliseconds(30);
    public static readonly TimeSpan Decay = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private double _seconds = DefaultRoundTrip.TotalSeconds;
    private long _stamp = time.GetTimestamp();

    /// <summary>The estimate as of now, seconds.</summary>
    public double Seconds
    {
        get
        {
            lock (_lock)
            {
                UpdateLocked(0);
                return _seconds;
            }
        }
    }

    public void Observe(TimeSpan roundTrip)
    {
        lock (_lock)
        {
            UpdateLocked(Math.Max(0, roundTrip.TotalSeconds));
        }
    }

    private void UpdateLocked(double seconds)
    {
        long now = time.GetTimestamp();
        if (seconds > _seconds)
        {
            _seconds = seconds;
        }
        else
        {
            double elapsed = Math.Max(0, time.GetElapsedTime(_stamp, now).TotalSeconds);
            double past = Math.Exp(-elapsed / Decay.TotalSeconds);
            _seconds = (_seconds * past) + (seconds * (1 - past));
        }

        _stamp = now;
    }
}
