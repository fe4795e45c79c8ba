using System.Buffers;
using System.IO.Pipelines;
using MeshInsight.Proxy.Forward;

namespace MeshInsight.Client.Outbound;

/// <summary>The mesh's side of a response body: the pipe's own, save that the head goes ahead of the first bytes, and of none.</summary>
internal sealed class ResponseBodyWriter(PipeWriter inner, ResponseEnd response) : PipeWriter
{
    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

    public override void Advance(int bytes) => inner.Advance(bytes);

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
        response.HasStarted ? inner.WriteAsync(source, cancellationToken) : StartAndWriteAsync(source, cancellationToken);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        response.HasStarted ? inner.FlushAsync(cancellationToken) : StartAndWriteAsync(default, cancellationToken);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    // The exchange ends the body, once its trailers are known.
    public override void Complete(Exception? exception = null)
    {
    }

    private async ValueTask<FlushResult> StartAndWriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        await response.StartAsync(cancellationToken);
        return await inner.WriteAsync(source, cancellationToken);
    }
}

/// <summary>The app's side of a response body. Disposing it before its end gives the request up.</summary>
internal sealed class ResponseBodyReader(PipeReader reader, ResponseEnd response) : ForwardOnlyStream
{
    private bool _ended;

    public override bool CanRead => true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await reader.ReadAsync(cancellationToken);
        return Take(read, buffer.Span);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // For apps that read synchronously; theirs is the thread.
    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        await reader.CopyToAsync(destination, cancellationToken);
        _ended = true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            if (!_ended)
            {
                response.LeaveOff();
            }

            reader.Complete();
        }

        base.Dispose(disposing);
    }

    private int Take(ReadResult read, Span<byte> buffer)
    {
        var bytes = read.Buffer.Slice(0, Math.Min(buffer.Length, read.Buffer.Length));
        int count = (int)bytes.Length;
        bytes.CopyTo(buffer);
        _ended = read.IsCompleted && bytes.Length == read.Buffer.Length;
        reader.AdvanceTo(bytes.End);
        return count;
    }
}
