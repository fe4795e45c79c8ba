using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace MeshInsight.Proxy.Accept;

/// <summary>
/// One listening socket for two protocols: accepts, looks at the first bytes without consuming them, and hands the connection to that
/// protocol's queue. The socket closes when both halves are unbound.
/// </summary>
internal sealed class SniffedListener : IAsyncDisposable
{
    // A client may connect long before it speaks (pools that connect ahead); Kestrel's own limits start after the hand-over.
    private static readonly TimeSpan FirstBytesWithin = TimeSpan.FromSeconds(60);
    private const int QueueLimit = 1024;

    private readonly IConnectionListener _socket;
    private readonly TimeProvider _time;
    private readonly Channel<ConnectionContext> _http1 = Channel.CreateBounded<ConnectionContext>(QueueLimit);
    private readonly Channel<ConnectionContext> _http2 = Channel.CreateBounded<ConnectionContext>(QueueLimit);
    private readonly CancellationTokenSource _unbound = new();
    private int _openHalves;

    public SniffedListener(IConnectionListener socket, TimeProvider time)
    {
        _socket = socket;
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
                if (!(verdict == SniffVerdict.Http2 ? _http2 : _http1).Writer.TryWrite(connection))
                {
                    await connection.DisposeAsync();
                }

                return;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or ConnectionAbortedException)
        {
            connection.Abort(new ConnectionAbortedException("The client sent no request in time, or left.", e));
            await connection.DisposeAsync();
        }
    }

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
