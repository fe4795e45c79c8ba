namespace MeshInsight.Anomaly.Sampling;

/// <summary>Events (or what they weigh) a second, counted with a half-life.</summary>
internal sealed class FadingRate(double halfLifeSeconds)
{
    private readonly double _decay = Math.Log(2) / halfLifeSeconds;
    private double _weight;
    private double _exposure;
    private long _at = long.MinValue;

    public void Add(long nowUnixNanos, double weight = 1)
    {
        Fade(nowUnixNanos);
        _weight += weight;
    }

    public double PerSecond(long nowUnixNanos)
    {
        Fade(nowUnixNanos);

        // Before a half-life has passed the events came in less time than the full window; at least a second, or the first one is infinite.
        return _weight / Math.Max(1, _exposure);
    }

    private void Fade(long now)
    {
        if (_at == long.MinValue)
        {
            _at = now;
        }

        if (now <= _at)
        {
            return;
        }

        double seconds = (now - _at) / 1e9;
        double kept = Math.Exp(-_decay * seconds);
        _weight *= kept;
        _exposure = (_exposure * kept) + ((1 - kept) / _decay);
        _at = now;
    }
}
