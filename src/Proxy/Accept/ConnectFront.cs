using Microsoft.AspNetCore.Connections;

namespace MeshInsight.Proxy.Accept;

/// <summary>
/// A listener whose clients may also ask for connections: one that begins with CONNECT becomes a tunnel and ends here, which HTTP's server could not make of it; the
/// rest is as before.
/// </summary>
/// <param name="own">What the listener is without.</param>
internal sealed class ConnectFront(IConnectionFront own, IConnectHandler handler) : IConnectionFront
{
    private static readonly byte[] Established = "HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray();

    public async ValueTask<HttpStart?> OpenAsync(ConnectionContext connection, CancellationTokenSource limit, CancellationToken cancellation)
    {
        var opened = await own.OpenAsync(connection, limit, cancellation);
        // After a handshake the client may wait again before it speaks: pools connect ahead.
        limit.CancelAfter(SniffedListener.FirstBytesWithin);
        if (opened is not { IsHttp2: false } start || !await ConnectHead.IsNextAsync(start.Connection.Transport.Input, cancellation))
        {
            return opened;
        }

        var request = await ConnectHead.ReadAsync(start.Connection.Transport.Input, cancellation);
        await using var client = start.Connection is TlsConnection secured ? new ByteConnection(secured) { Greeting = Established } : new ByteConnection(start.Connection) { Greeting = Established };
        await handler.RunAsync(request, client);
        return null;
    }
}

/// <summary>What becomes of CONNECT requests.</summary>
internal interface IConnectHandler
{
    /// <summary>Answers, and returns when the connection has ended; closing it is the caller's.</summary>
    Task RunAsync(ConnectRequest request, ByteConnection client);
}
