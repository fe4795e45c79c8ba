using System.Net;
using System.Security.Authentication;
using System.Threading.Channels;
using MeshInsight.Proxy.Identity;
using Microsoft.AspNetCore.Connections;

namespace MeshInsight.Proxy.Accept;

/// <summary>
/// One listening socket for two protocols, each plain or within TLS: accepts, looks at the first bytes without consuming them, shakes hands where the client
/// does, and hands the connection to its protocol's queue. The socket closes when both halves are unbound.
/// </summary>
internal sealed class SniffedListener : IAsyncDisposable
{
    // A client may connect long before it speaks (pools that connect ahead); Kestrel's own limits start after the hand-over.
    private static readonly TimeSpan FirstBytesWithin = TimeSpan.FromSeconds(60);
    // Kestrel's own limit for handshakes.
    private static readonly TimeSpan HandshakeWithin = TimeSpan.FromSeconds(10);
    private const int QueueLimit = 1024;

    private readonly IConnectionListener _socket;
    private readonly TimeProvider _time;
    private readonly TlsServer? _tls;
    private readonly Channel<ConnectionContext> _http1 = Channel.CreateBounded<ConnectionContext>(QueueLimit);
    private readonly Channel<ConnectionContext> _http2 = Channel.CreateBounded<ConnectionContext>(QueueLimit);
    private readonly CancellationTokenSource _unbound = new();
    private int _openHalves;

    /// <param name="tls">Takes connections that begin with TLS; null to leave them to HTTP, which refuses them.</param>
    public SniffedListener(IConnectionListener socket, TlsServer? tls, TimeProvider time)
    {
        _socket = socket;
        _tls = tls;
        _time = time;
        _ = AcceptAsync();
    }

    public IPEndPoint Bound => (IPEndPoint)_socket.EndPoint;

    public IConnectionListener Half(SniffedEndPoint endPoint)
    {
        Interlocked.Increment(ref _openHalves);
        return new HalfListener(this, endPoint, endPoint.IsHttp2 ? _http2 : _http1);
    }

    public async ValueTask DisposeAsync()
    {
        await _socket.DisposeAsync();
        _unbound.Dispose();
    }

    private async Task AcceptAsync()
    {
        Exception? failure = null;
        try
        {
            while (await _socket.AcceptAsync() is { } connection)
            {
                _ = SniffAsync(connection);
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
        try
        {
            using var limit = new CancellationTokenSource(FirstBytesWithin, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _unbound.Token);
            var input = connection.Transport.Input;
            while (true)
            {
                var read = await input.ReadAsync(either.Token);
                var verdict = ProtocolSniffer.Judge(read.Buffer);
                if (verdict == SniffVerdict.NeedMore && !read.IsCompleted)
                {
                    // All is marked as seen, so that the next read waits for more; nothing is consumed.
                    input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    continue;
                }

                input.AdvanceTo(read.Buffer.Start, read.Buffer.Start);
                if (verdict == SniffVerdict.Tls && _tls is not null)
                {
                    limit.CancelAfter(HandshakeWithin);
                    var (stream, peer) = await _tls.AcceptAsync(new DuplexStream(connection.Transport), either.Token);
                    var secured = new TlsConnection(connection, stream, peer);
                    await HandOverAsync(secured, secured.IsHttp2);
                    return;
                }

                await HandOverAsync(connection, verdict == SniffVerdict.Http2);
                return;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or ConnectionAbortedException or AuthenticationException)
        {
            connection.Abort(new ConnectionAbortedException("The client sent no request in time, is not of the mesh, or left.", e));
            await connection.DisposeAsync();
        }
    }

    private ValueTask HandOverAsync(ConnectionContext connection, bool isHttp2) =>
        (isHttp2 ? _http2 : _http1).Writer.TryWrite(connection) ? ValueTask.CompletedTask : connection.DisposeAsync();

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
