using System.Collections.Concurrent;

namespace MeshInsight.Proxy.Observe;

/// <summary>
/// Istio's standard request metrics as counted here. The number of series is bounded: peers and statuses come from others, and a table that
/// anyone can fill would end the sidecar. What comes beyond is counted under the peer <c>unknown</c>, so totals stay right.
/// </summary>
internal sealed class RequestMetrics(TimeProvider time)
{
    public const int MaxSeries = 4000;
    private const string Overflow = "unknown";

    private readonly ConcurrentDictionary<SeriesKey, RequestSeries> _series = new();
    private int _count;

    /// <summary>All series, unordered.</summary>
    public IEnumerable<RequestSeries> All => _series.Values;

    public void Add(Exchange exchange)
    {
        long micros = (long)(time.GetElapsedTime(exchange.StartTimestamp).Ticks / 10);
        var key = new SeriesKey(
            exchange.IsInbound,
            exchange.Peer.Service.Length > 0 ? exchange.Peer.Service : exchange.Service,
            exchange.Peer.Version,
            exchange.Status,
            exchange.IsGrpc ? exchange.GrpcStatus : -1,
            exchange.Flags,
            exchange.IsGrpc,
            exchange.PeerPrincipal);
        Find(key).Add(exchange, micros);
    }

    private RequestSeries Find(SeriesKey key)
    {
        if (_series.TryGetValue(key, out var known))
        {
            return known;
        }

        if (Volatile.Read(ref _count) >= MaxSeries)
        {
            // Status and flags have few values, so this bounded set may still grow a little.
            key = key with { PeerService = Overflow, PeerVersion = Overflow, PeerPrincipal = "" };
        }

        return _series.GetOrAdd(key, added =>
        {
            Interlocked.Increment(ref _count);
            return new(added);
        });
    }
}
