using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace MeshInsight.Proxy.Capture;

/// <summary>
/// Accepts what iptables redirects here, IPv4 and IPv6 on one port (a socket each: the kernel tells a connection's original destination by its own family only).
/// What was not redirected is closed: passing it on would lead here again.
/// </summary>
internal sealed class CaptureListener : IConnectionListener
{
    private const int QueueLimit = 1024;

    private readonly List<Socket> _sockets = [];
    private readonly CaptureCounts _counts;
    private readonly SocketConnectionContextFactory _connections;
    private readonly Channel<ConnectionContext> _accepted = Channel.CreateBounded<ConnectionContext>(QueueLimit);
    private int _port;

    /// <param name="address">Any or loopback; the other family's counterpart is listened on as well, where there is that family.</param>
    /// <exception cref="AddressInUseException">The port is taken.</exception>
    public CaptureListener(IPEndPoint address, CaptureCounts counts, ILoggerFactory loggers)
    {
        _counts = counts;
        _port = address.Port;
        _connections = new(new SocketConnectionFactoryOptions(), loggers.CreateLogger("MeshInsight.Proxy.Capture"));
        bool isLoopback = IPAddress.IsLoopback(address.Address);
        Listen(isLoopback ? IPAddress.Loopback : IPAddress.Any);
        if (Socket.OSSupportsIPv6)
        {
            Listen(isLoopback ? IPAddress.IPv6Loopback : IPAddress.IPv6Any);
        }

        _sockets.ForEach(s => _ = AcceptAsync(s));
    }

    public EndPoint EndPoint => _sockets[0].LocalEndPoint!;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_accepted.Reader.TryRead(out var connection))
            {
                return connection;
            }
        }

        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _sockets.ForEach(s => s.Dispose());
        _accepted.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync();
        _connections.Dispose();
    }

    private void Listen(IPAddress address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = false;
            }

            socket.Bind(new IPEndPoint(address, _port));
            socket.Listen();
            _port = ((IPEndPoint)socket.LocalEndPoint!).Port;
            _sockets.Add(socket);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket.Dispose();
            _sockets.ForEach(s => s.Dispose());
            throw new AddressInUseException(e.Message, e);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable && _sockets.Count > 0)
        {
            // IPv6 is compiled in and switched off.
            socket.Dispose();
        }
    }

    private async Task AcceptAsync(Socket socket)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await socket.AcceptAsync();
            }
            catch (SocketException e) when (e.SocketErrorCode is not (SocketError.OperationAborted or SocketError.Interrupted))
            {
                // The client left while it waited.
                continue;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            Take(client);
        }
    }

    private void Take(Socket client)
    {
        if (OriginalDestination.TryRead(client) is not { } destination || destination.Address.Port == _port)
        {
            _counts.CountNotRedirected();
            client.Dispose();
            return;
        }

        client.NoDelay = true;
        var connection = _connections.Create(client);
        connection.Features.Set(destination);
        // As Envoy's original_dst has it: logs say whom the client called, not where iptables led it.
        connection.LocalEndPoint = destination.Address;
        if (!_accepted.Writer.TryWrite(connection))
        {
            connection.Abort();
            _ = connection.DisposeAsync().AsTask();
        }
    }
}
