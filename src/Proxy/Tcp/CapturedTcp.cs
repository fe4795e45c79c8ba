using System.Net.Sockets;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Capture;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Records;
using Microsoft.AspNetCore.Connections;

namespace MeshInsight.Proxy.Tcp;

/// <summary>Captured connections that no route serves: on to where they were going, where that may be, and in the same books as those that have routes.</summary>
internal sealed class CapturedTcp(bool isInbound, CaptureCounts counts, EndpointDialer dialer, TcpPath path)
{
    /// <param name="connected">To where the connection was going; null when nobody has tried yet.</param>
    /// <param name="refusal">Why it may not pass; empty when it may.</param>
    public async Task RunAsync(ConnectionContext connection, OriginalDestination destination, Socket? connected, string refusal)
    {
        await using var client = new ByteConnection(connection);
        var record = await path.RunAsync(client, isInbound, record => ServeAsync(client, destination, connected, refusal, record));
        if (record.Flags != ResponseFlags.None)
        {
            client.Reset();
        }

        if ((record.Flags & (ResponseFlags.NoRoute | ResponseFlags.Denied | ResponseFlags.Overloaded)) != 0)
        {
            counts.CountRefused();
        }
    }

    private async Task ServeAsync(ByteConnection client, OriginalDestination destination, Socket? connected, string refusal, TcpRecord record)
    {
        // Of an inbound one the peer is who connected, whom nothing has proved.
        record.Peer = isInbound ? Workload.Unknown : Workload.Passthrough;
        record.ClusterName = isInbound ? "InboundPassthroughCluster" : Workload.Passthrough.Service;
        if (refusal.Length > 0)
        {
            TcpPath.Refuse(record, isInbound ? ResponseFlags.Denied : ResponseFlags.NoRoute, refusal);
            return;
        }

        record.Attempts = 1;
        record.Address = destination.Address.ToString();
        var dialed = connected is not null ? new(new DialedConnection(connected, null), "", "") : await dialer.DialAsync(record.Address, TcpConfig.Default.ConnectTimeout, path.Stopping);
        if (dialed.Connection is not { } upstream)
        {
            counts.CountUnreachable();
            record.TransportFailure = dialed.Problem;
            TcpPath.Refuse(record, ResponseFlags.UpstreamConnectFailure, "nobody takes the connection where it was going");
            return;
        }

        await using (upstream)
        {
            await path.RelayAsync(record, client, upstream, TcpConfig.Default.IdleTimeout, counts.Relayed);
        }
    }
}
