using System.Net;
using MeshInsight.Contracts.Identity;
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
    public RelayCount Open(TcpRecord record)
    {
        var key = new TcpSeriesKey(record.IsInbound, record.Peer.Service, record.Peer.Version, record.PeerPrincipal, ResponseFlags.None);
        do
        {
            // A series whose retirement is at work right now has a successor at the next look.
            record.Series = metrics.Connections.Find(key);
        }
        while (!record.Series.TryOpen(time.GetTimestamp()));
        return record.Count = new(record.Series.Bytes);
    }

    public void End(TcpRecord record)
    {
        record.Count ??= Open(record);
        var opened = record.Series!;
        var key = opened.Key with { Flags = record.Flags };
        while (!metrics.Connections.Find(key).TryClose(time.GetTimestamp()))
        {
            // As above.
        }

        opened.Leave();
        log.Write(record);
    }
}
