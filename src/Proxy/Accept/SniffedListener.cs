using System.Net;
using System.Security.Authentication;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace MeshInsight.Proxy.Accept;

/// <summary>
/// One listening socket for two protocols, each plain or within TLS: accepts, lets its front find out which,
/// and hands the connection to that protocol's queue. The socket closes when both halves are unbound.
/// </summary>
internal sealed class SniffedListener : IAsyncDisposable
{
    // A client may connect long before it speaks (pools that connect ahead); Kestrel's own limits start after the hand-over.
    public static readonly TimeSpan FirstBytesWithin = TimeSpan.FromSeconds(60);

    /// <summary>Kestrel's own limit for handshakes.</summary>
    public static readonly TimeSpan HandshakeWithin = TimeSpan.FromSeconds(10);

    private const int QueueLimit = 1024;

    private readonly IConnectionListener _socket;
    private readonly TimeProvider _time;
    private readonly IConnectionFront _front;
    private readonly ListenerSide _side;
    private readonly ConnectionSlots _slots;
    private readonly ClosedConnections _closed;
    private readonly Channel<ConnectionContext> _http1 = Channel.CreateBounded<ConnectionContext>(QueueLimit);
    private readonly Channel<ConnectionContext> _http2 = Channel.CreateBounded<ConnectionContext>(QueueLimit);
    private readonly CancellationTokenSource _unbound = new();
    private readonly TaskCompletionSource _frontIsEmpty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _openHalves;
    // Connections that the front has, and the listener itself until it is disposed of.
    private int _atFront = 1;
    private bool _isDisposed;

    public SniffedListener(IConnectionListener socket, IConnectionFront front, ListenerSide side, ConnectionSlots slots, ClosedConnections closed, TimeProvider time)
    {
        (_side, _slots, _closed) = (side, slots, closed);
        _socket = socket;
        _front = front;
        _time = time;
        _ = AcceptAsync();
    }

    public IPEndPoint Bound => (IPEndPoint)_socket.EndPoint;

    public IConnectionListener Half(SniffedEndPoint endPoint)
    {
        Interlocked.Increment(ref _openHalves);
        return new HalfListener(this, endPoint, endPoint.IsHttp2 ? _http2 : _http1);
    }

    /// <summary>Returns when the front has let go of its last connection: the socket's memory is theirs until then.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        LeaveFront();
        await _frontIsEmpty.Task;
        await _socket.DisposeAsync();
        _unbound.Dispose();
    }

    private void LeaveFront()
    {
        if (Interlocked.Decrement(ref _atFront) == 0)
        {
            _frontIsEmpty.TrySetResult();
        }
    }

    private async Task AcceptAsync()
    {
        Exception? failure = null;
        try
        {
            while (await _socket.AcceptAsync() is { } connection)
            {
                if (_slots.TryTake(connection))
                {
                    Interlocked.Increment(ref _atFront);
                    _ = SniffAsync(connection);
                }
                else
                {
                    Count(CloseReason.TooManyConnections, connection);
                    connection.Abort(new ConnectionAbortedException("The listener has as many connections as it may."));
                    await connection.DisposeAsync();
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or System.Net.Sockets.SocketException)
        {
            failure = _unbound.IsCancellationRequested ? null : e;
        }

        _http1.Writer.TryComplete(failure);
        _http2.Writer.TryComplete(failure);
    }

    private async Task SniffAsync(ConnectionContext connection)
    {
        using var limit = new CancellationTokenSource(FirstBytesWithin, _time);
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _unbound.Token);
            if (await _front.OpenAsync(connection, limit, either.Token) is { } start)
            {
                await HandOverAsync(start.Connection, start.IsHttp2);
            }
            else
            {
                ConnectionSlots.Leave(connection);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or ConnectionAbortedException or AuthenticationException)
        {
            if (limit.IsCancellationRequested)
            {
                Count(CloseReason.FirstBytesTimeout, connection);
            }
            else if (e is AuthenticationException)
            {
                Count(CloseReason.TlsHandshakeFailed, connection);
            }

            connection.Abort(new ConnectionAbortedException("The client sent no request in time, is not of the mesh, or left.", e));
            await EndAsync(connection);
        }
        finally
        {
            LeaveFront();
        }
    }

    private ValueTask HandOverAsync(ConnectionContext connection, bool isHttp2) =>
        (isHttp2 ? _http2 : _http1).Writer.TryWrite(connection) ? ValueTask.CompletedTask : EndAsync(connection);

    private static async ValueTask EndAsync(ConnectionContext connection)
    {
        await connection.DisposeAsync();
        ConnectionSlots.Leave(connection);
    }

    private void Count(CloseReason reason, ConnectionContext connection) => _closed.Add(_side, reason, SidedListener.RemoteAddress(connection));

    private async ValueTask UnbindHalfAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Decrement(ref _openHalves) == 0)
        {
            await _unbound.CancelAsync();
            await _socket.UnbindAsync(cancellationToken);
        }
    }

    private sealed class HalfListener(SniffedListener whole, SniffedEndPoint endPoint, Channel<ConnectionContext> queue) : IConnectionListener
    {
        private bool _unbound;

        public EndPoint EndPoint => endPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await queue.Reader.WaitToReadAsync(cancellationToken))
            {
                if (queue.Reader.TryRead(out var connection))
                {
                    return connection;
                }
            }

            return null;
        }

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            if (!_unbound)
            {
                _unbound = true;
                queue.Writer.TryComplete();
                await whole.UnbindHalfAsync(cancellationToken);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await UnbindAsync();
            if (Volatile.Read(ref whole._openHalves) == 0)
            {
                await whole.DisposeAsync();
            }
        }
    }
}
