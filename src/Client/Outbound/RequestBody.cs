using System.Buffers;
using System.IO.Pipelines;
using MeshInsight.Proxy.Forward;

namespace MeshInsight.Client.Outbound;

/// <summary>
/// A content to be read from, though contents are made to write themselves. What lies in memory is read where it lies; all else writes into a pipe, beginning with
/// the first read. One reader at a time.
/// </summary>
internal sealed class RequestBody : ForwardOnlyStream
{
    private readonly HttpContent _content;
    private readonly Stream? _memory;
    private Pipe? _pipe;
    private Task _writing = Task.CompletedTask;

    private RequestBody(HttpContent content)
    {
        _content = content;
        _memory = content is ByteArrayContent or ReadOnlyMemoryContent ? content.ReadAsStream() : null;
    }

    /// <summary>Why the content could not be written to its end; null while nothing is wrong.</summary>
    public Exception? Failure { get; private set; }

    public override bool CanRead => true;

    /// <returns>Null for a message that has no body.</returns>
    public static RequestBody? Of(HttpContent? content) => content is null || content.Headers.ContentLength == 0 ? null : new(content);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _memory is not null ? new(_memory.Read(buffer.Span)) : ReadPipeAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Reads no more: a content that still writes is told by its next write.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (_pipe is { } pipe)
        {
            await pipe.Reader.CompleteAsync();
            await _writing;
        }

        await base.DisposeAsync();
    }

    private async ValueTask<int> ReadPipeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_pipe is null)
        {
            _pipe = new();
            _writing = WriteAsync(_pipe.Writer);
        }

        var read = await _pipe.Reader.ReadAsync(cancellationToken);
        var bytes = read.Buffer.Slice(0, Math.Min(buffer.Length, read.Buffer.Length));
        int count = (int)bytes.Length;
        bytes.CopyTo(buffer.Span);
        _pipe.Reader.AdvanceTo(bytes.End);
        return count;
    }

    private async Task WriteAsync(PipeWriter writer)
    {
        try
        {
            await _content.CopyToAsync(new PipeWriterEnd(writer));
            await writer.CompleteAsync();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Contents are the app's: whatever they throw is for the app to see again.
            Failure = e is UnwantedException ? null : e;
            await writer.CompleteAsync(new IOException("The content failed.", e));
        }
    }

    private sealed class UnwantedException() : IOException("The rest of the body was not wanted.");

    /// <summary>Each write is for the other side to see now: a content that streams waits for answers to what it wrote.</summary>
    private sealed class PipeWriterEnd(PipeWriter writer) : ForwardOnlyStream
    {
        public override bool CanWrite => true;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var flushed = await writer.WriteAsync(buffer, cancellationToken);
            if (flushed.IsCompleted)
            {
                throw new UnwantedException();
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
