namespace MeshInsight.Anomaly.Sampling;

/// <summary>Counts traces of which older ones weigh less: halved every <see cref="EpochTraces"/> of all traces.</summary>
internal struct TraceCount
{
    public const long EpochTraces = 16_384;

    private double _count;
    private long _epoch;

    public double Value(long trace)
    {
        Fade(trace);
        return _count;
    }

    public void Add(long trace)
    {
        Fade(trace);
        _count++;
    }

    private void Fade(long trace)
    {
        long epoch = trace / EpochTraces;
        if (epoch > _epoch)
        {
            _count *= Math.Pow(0.5, epoch - _epoch);
            _epoch = epoch;
        }
    }
}
