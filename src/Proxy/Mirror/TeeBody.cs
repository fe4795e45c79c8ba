using MeshInsight.Proxy.Forward;

namespace MeshInsight.Proxy.Mirror;

/// <summary>The original's request body. What is read goes to the copies as well, each read once, whatever tries come above.</summary>
internal sealed class TeeBody(Stream source, IReadOnlyList<MirrorBuffer> copies) : ForwardOnlyStream
{
    public override bool CanRead => true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await source.ReadAsync(buffer, cancellationToken);
        // A read of nothing only waits for data; it is no end.
        if (!buffer.IsEmpty)
        {
            Copy(buffer.Span[..read]);
        }

        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    private void Copy(ReadOnlySpan<byte> read)
    {
        foreach (var copy in copies)
        {
            if (read.IsEmpty)
            {
                copy.End();
            }
            else
            {
                copy.Write(read);
            }
        }
    }
}
