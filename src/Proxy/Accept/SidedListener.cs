using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshInsight.Proxy.Accept;

/// <summary>Both protocols of one side, for Kestrel; each connection is told which side it is on.</summary>
internal sealed class SidedListener(ClosedConnections closed, TimeProvider time)
{
    public void Add(KestrelServerOptions options, ListenerSide side, IPEndPoint address)
    {
        KestrelCloses.Begin();
        foreach (bool isHttp2 in (ReadOnlySpan<bool>)[false, true])
        {
            options.Listen(new SniffedEndPoint(side, address, isHttp2), listen =>
            {
                listen.Protocols = isHttp2 ? HttpProtocols.Http2 : HttpProtocols.Http1;
                ((IConnectionBuilder)listen).Use(next => connection =>
                {
                    string remote = RemoteAddress(connection);
                    KestrelCloses.Watch(connection, closed, side, remote);
                    connection.Features.Set(new ListenerSideFeature(side, connection.Features.Get<PeerFeature>()?.Peer, remote)
                    {
                        Resets = isHttp2 ? new(connection, side, closed, time) : null,
                    });
                    return UntilItsEndAsync(next, connection);
                });
            });
        }
    }

    public static string RemoteAddress(BaseConnectionContext connection) =>
        connection.RemoteEndPoint is IPEndPoint { Address: var address } ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString() : "";

    private static async Task UntilItsEndAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        try
        {
            await next(connection);
        }
        finally
        {
            ConnectionSlots.Leave(connection);
        }
    }
}
