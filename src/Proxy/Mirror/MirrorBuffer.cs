using System.Buffers;
using System.IO.Pipelines;
using MeshInsight.Proxy.Forward;

namespace MeshInsight.Proxy.Mirror;

/// <summary>
/// A request body on its way to one copy, at most 256 KiB of it. The original writes as it reads and never waits: when the copy is further behind, the body is
/// broken off. One writer (the original's body, then its end), one reader.
/// </summary>
internal sealed class MirrorBuffer
{
    public const int LimitBytes = 256 * 1024;

    // No threshold of the pipe's own: a writer that had to wait would be the original.
    private static readonly PipeOptions Unbounded = new(pauseWriterThreshold: 0, resumeWriterThreshold: 0, useSynchronizationContext: false);

    private readonly Pipe _pipe = new(Unbounded);
    private long _waitingBytes;
    private bool _isEnded;

    /// <summary>What the copy sends.</summary>
    public Stream Reader => field ??= new BufferReader(this, _pipe.Reader.AsStream());

    /// <summary>Why the body is not whole; null while it may be.</summary>
    public MirrorLoss? Loss { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_isEnded)
        {
            return;
        }

        if (Interlocked.Add(ref _waitingBytes, bytes.Length) > LimitBytes)
        {
            BreakOff(MirrorLoss.Slow);
            return;
        }

        _pipe.Writer.Write(bytes);
        var flushing = _pipe.Writer.FlushAsync();
        // Done at once, without a threshold. A reader that is gone wants no more.
        if (flushing.IsCompleted && flushing.Result.IsCompleted)
        {
            End();
        }
    }

    /// <summary>The body is whole.</summary>
    public void End()
    {
        if (!_isEnded)
        {
            _isEnded = true;
            _pipe.Writer.Complete();
        }
    }

    /// <summary>The body will never be whole. Does nothing after its end.</summary>
    public void BreakOff(MirrorLoss reason)
    {
        if (!_isEnded)
        {
            _isEnded = true;
            Loss = reason;
            _pipe.Writer.Complete(new IOException("The copied body was broken off."));
        }
    }

    /// <summary>The copy reads no more: what is kept for it is given back.</summary>
    public void Close() => _pipe.Reader.Complete();

    private sealed class BufferReader(MirrorBuffer buffer, Stream inner) : ForwardOnlyStream
    {
        public override bool CanRead => true;

        public override async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
        {
            int read = await inner.ReadAsync(destination, cancellationToken);
            Interlocked.Add(ref buffer._waitingBytes, -read);
            return read;
        }

        public override Task<int> ReadAsync(byte[] destination, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(destination.AsMemory(offset, count), cancellationToken).AsTask();
    }
}
