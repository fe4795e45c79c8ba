using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Metrics;

/// <summary>Istio's standard request metrics as counted here, and where the time of calls went, by edge. No label holds a path: what a client makes up is no name.</summary>
/// <param name="keepsExemplars">Whether spans are recorded, that exemplars could lead to.</param>
internal sealed class RequestMetrics(TimeProvider time, bool keepsExemplars = false)
{
    public SeriesTable<SeriesKey, RequestSeries> Requests { get; } = new(static (key, unix, now) => new(key, unix, now), SeriesKey.Overflow, time);

    /// <summary>All series of requests, unordered.</summary>
    public IReadOnlyList<RequestSeries> All => Requests.Read();

    public SeriesTable<EdgeKey, EdgeSeries> Edges { get; } = new(static (key, unix, now) => new(key, unix, now), EdgeKey.Overflow, time);

    /// <summary>Of connections that are relayed as bytes.</summary>
    public SeriesTable<TcpSeriesKey, TcpSeries> Connections { get; } = new(static (key, unix, now) => new(key, unix, now), TcpSeriesKey.Overflow, time);

    /// <param name="exchange">Ended.</param>
    public void Add(Exchange exchange)
    {
        var key = new SeriesKey(
            exchange.IsInbound,
            exchange.Peer.Service.Length > 0 ? exchange.Peer.Service : exchange.Service,
            exchange.Peer.Version,
            exchange.Status,
            exchange.IsGrpc ? exchange.GrpcStatus : -1,
            exchange.Flags,
            exchange.IsGrpc,
            exchange.PeerPrincipal,
            exchange.Priority);
        while (!Requests.Find(key).TryAdd(exchange, keepsExemplars))
        {
            // Its retirement is at work right now; the next look finds a new one.
        }
    }

    /// <summary>One try of a call, whose callee's sidecar said how long it took.</summary>
    /// <param name="attempt">Ended.</param>
    public void Add(AttemptRecord attempt)
    {
        if (!TimeSplit.TryOf(attempt, out var split))
        {
            return;
        }

        var key = new EdgeKey(attempt.Destination.Service, attempt.Destination.Version);
        while (!Edges.Find(key).TryAdd(split, attempt.EndTimestamp))
        {
            // As above.
        }
    }
}
