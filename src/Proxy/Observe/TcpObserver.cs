using System.Net;
using MeshInsight.Contracts.Identity;
using MeshInsight.Proxy.Logs;
using MeshInsight.Proxy.Metrics;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Relay;

namespace MeshInsight.Proxy.Observe;

/// <summary>Opens and closes the books of connections: metrics under Istio's names, one access log line when they end.</summary>
internal sealed class TcpObserver(RequestMetrics metrics, AccessLog log, TimeProvider time)
{
    public TcpRecord Begin(bool isInbound, IPEndPoint? remote, IPEndPoint? local, string serverName, SpiffeId? peer) => new()
    {
        IsInbound = isInbound,
        StartedAt = time.GetUtcNow(),
        StartTimestamp = time.GetTimestamp(),
        DownstreamRemote = remote,
        DownstreamLocal = local,
        ServerName = serverName,
        Peer = peer is null ? Workload.Unknown : new(peer.Service, "", ""),
        PeerPrincipal = peer?.Text ?? "",
    };

    /// <summary>From here on it is known who the peer is, and bytes may pass.</summary>
    /// <param name="kind">Counts it, too, where connections of its kind have counts of their own.</param>
    public TcpCount Open(TcpRecord record, RelayCount? kind = null)
    {
        var key = new TcpSeriesKey(record.IsInbound, record.Peer.Service, record.Peer.Version, record.PeerPrincipal, ResponseFlags.None);
        TcpSeries series;
        do
        {
            // A series whose retirement is at work right now has a successor at the next look.
            series = metrics.Connections.Find(key);
        }
        while (!series.TryOpen(time.GetTimestamp()));
        var count = new TcpCount(series, kind);
        record.Count = count;
        return count;
    }

    public void End(TcpRecord record)
    {
        var opened = (record.Count as TcpCount ?? Open(record)).Series;
        var key = opened.Key with { Flags = record.Flags };
        while (!metrics.Connections.Find(key).TryClose(time.GetTimestamp()))
        {
            // As above.
        }

        opened.Leave();
        log.Write(record);
    }
}
