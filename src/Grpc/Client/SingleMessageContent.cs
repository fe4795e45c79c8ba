using System.Net;
using System.Net.Http.Headers;
using MeshInsight.Grpc.Framing;

namespace MeshInsight.Grpc.Client;

/// <summary>One framed message.</summary>
/// <remarks>
/// The answer may come before the request is sent, and a request that a closing connection refused is sent again on another one. So the buffer has users: its owner, and
/// every sending. The last one gives it back.
/// </remarks>
internal sealed class SingleMessageContent : HttpContent
{
    private readonly Lock _lock = new();
    private readonly PooledBuffer _frame;
    private int _users = 1;
    private bool _disposed;

    public SingleMessageContent(PooledBuffer frame)
    {
        _frame = frame;
        Headers.ContentType = new MediaTypeHeaderValue(GrpcHeaders.ContentType);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _users++;
        }

        try
        {
            await stream.WriteAsync(_frame.WrittenMemory, cancellationToken);
        }
        finally
        {
            Release();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
        }

        Release();
        base.Dispose(disposing);
    }

    private void Release()
    {
        lock (_lock)
        {
            if (--_users == 0)
            {
                _frame.Dispose();
            }
        }
    }
}
