namespace MeshInsight.Proxy.Protect;

/// <summary>
/// A fair choice of the latencies since the last <see cref="Clear"/> (Vitter's reservoir, "Random sampling with a reservoir", ACM TOMS 11(1), 1985, algorithm R).
/// Not thread-safe.
/// </summary>
internal sealed class LatencyWindow(Random random)
{
    private const int Size = 256;

    private readonly long[] _ticks = new long[Size];
    private readonly long[] _sorted = new long[Size];

    /// <summary>Latencies added, kept or not.</summary>
    public int Count { get; private set; }

    public void Add(TimeSpan latency)
    {
        int place = Count < Size ? Count : random.Next(Count + 1);
        if (place < Size)
        {
            _ticks[place] = latency.Ticks;
        }

        Count++;
    }

    /// <summary>Of an empty window zero.</summary>
    public TimeSpan Median()
    {
        int kept = Math.Min(Count, Size);
        if (kept == 0)
        {
            return TimeSpan.Zero;
        }

        Array.Copy(_ticks, _sorted, kept);
        Array.Sort(_sorted, 0, kept);
        return new(_sorted[kept / 2]);
    }

    public void Clear() => Count = 0;
}
