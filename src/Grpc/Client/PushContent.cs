using System.Net;
using System.Net.Http.Headers;
using MeshInsight.Grpc.Framing;

namespace MeshInsight.Grpc.Client;

/// <summary>A request body that is written from outside, message by message, while the response is read.</summary>
internal sealed class PushContent : HttpContent
{
    private readonly TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _gate = new(1, 1);

    public PushContent() => Headers.ContentType = new MediaTypeHeaderValue(GrpcHeaders.ContentType);

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellation)
    {
        var stream = await _stream.Task.WaitAsync(cancellation);
        await _gate.WaitAsync(cancellation);
        try
        {
            ObjectDisposedException.ThrowIf(_complete.Task.IsCompleted, this);
            await stream.WriteAsync(frame, cancellation);
            await stream.FlushAsync(cancellation);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>A request that fails before its body was asked for (nobody listens) fails the writers too, who would wait for ever.</summary>
    public void Follow(Task request) => request.ContinueWith(
        failed => _stream.TrySetException(failed.Exception?.InnerException ?? new OperationCanceledException()),
        CancellationToken.None,
        TaskContinuationOptions.NotOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    /// <summary>No more messages follow the one that is being written.</summary>
    public async ValueTask CompleteAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        _complete.TrySetResult();
        _gate.Release();
    }

    /// <summary>Nobody writes any more; the call is cancelled.</summary>
    public void Abandon() => _complete.TrySetResult();

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The headers go out now: in a bidirectional call the server may speak first.
        await stream.FlushAsync(cancellationToken);
        _stream.TrySetResult(stream);
        await _complete.Task.WaitAsync(cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
