namespace MeshInsight.Anomaly.Sampling;

/// <summary>A count that halves every so many seconds.</summary>
internal struct FadingCount
{
    private double _count;
    private long _at;

    public readonly double Value(long nowUnixNanos, double halfLifeSeconds) =>
        _count == 0 || nowUnixNanos <= _at ? _count : _count * Math.Exp(-Math.Log(2) * (nowUnixNanos - _at) / 1e9 / halfLifeSeconds);

    public void Add(double amount, long nowUnixNanos, double halfLifeSeconds)
    {
        _count = Value(nowUnixNanos, halfLifeSeconds) + amount;
        _at = Math.Max(_at, nowUnixNanos);
    }
}
