using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Relay;

namespace MeshInsight.Proxy.Metrics;

/// <summary>What tells one series of connection metrics from another.</summary>
/// <param name="Flags">How the connections of the series ended; while they are open, and for their bytes, none.</param>
internal readonly record struct TcpSeriesKey(bool IsInbound, string PeerService, string PeerVersion, string PeerPrincipal, ResponseFlags Flags)
{
    /// <summary>Of what came when the table was full.</summary>
    public static TcpSeriesKey Overflow { get; } = new(false, "", "", "", (ResponseFlags)(-1));

    public bool IsOverflow => (int)Flags == -1;
}

/// <summary>Connections of one series: those that were opened and their bytes, or those that were closed.</summary>
internal sealed class TcpSeries(TcpSeriesKey key, long startUnixNanos, long startTimestamp) : Series(startUnixNanos, startTimestamp)
{
    private long _opened;
    private long _closed;
    private int _open;

    public TcpSeriesKey Key => key;

    public long Opened => Interlocked.Read(ref _opened);

    public long Closed => Interlocked.Read(ref _closed);

    /// <summary>Towards the upstream: sent. Counted while the connections live.</summary>
    public RelayCount Bytes { get; } = new();

    protected override bool IsInUse => Volatile.Read(ref _open) > 0;

    /// <returns>False when the series was retired meanwhile; with true it owes a <see cref="Leave"/>.</returns>
    public bool TryOpen(long now)
    {
        Interlocked.Increment(ref _open);
        if (!TryCount(now))
        {
            Interlocked.Decrement(ref _open);
            return false;
        }

        Interlocked.Increment(ref _opened);
        return true;
    }

    /// <summary>One of those that were opened is no more.</summary>
    public void Leave() => Interlocked.Decrement(ref _open);

    /// <returns>False when the series was retired meanwhile.</returns>
    public bool TryClose(long now)
    {
        bool counts = TryCount(now);
        Interlocked.Add(ref _closed, counts ? 1 : 0);
        return counts;
    }
}

/// <summary>What one open connection counts, in its series too.</summary>
/// <param name="kind">All connections of its kind, where those have counts of their own.</param>
internal sealed class TcpCount(TcpSeries series, RelayCount? kind = null) : RelayCount(kind is null ? [series.Bytes] : [series.Bytes, kind])
{
    public TcpSeries Series => series;
}
