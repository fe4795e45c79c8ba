using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Forward;

/// <summary>Adds what passes to a <see cref="BodyCount"/>.</summary>
internal readonly struct BodyTap(BodyCount count, bool isGrpc)
{
    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (isGrpc)
        {
            count.AddGrpc(bytes);
        }
        else
        {
            count.AddBytes(bytes.Length);
        }
    }
}

/// <summary>
/// The request body on its way out. Every write is flushed: a small chunk that a client sends must reach the app now, not when the body
/// ends or a buffer is full. What fits one read still leaves in one write of the socket.
/// </summary>
internal sealed class FlushingStream(Stream inner, BodyTap tap) : ForwardOnlyStream
{
    public override bool CanWrite => true;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        tap.Add(buffer.Span);
        await inner.WriteAsync(buffer, cancellationToken);
        await inner.FlushAsync(cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);
}

/// <summary>
/// A response body of unknown length on its way back. When its first bytes are not there yet, the response's head is sent ahead of them:
/// a client of an event stream waits for it.
/// </summary>
internal sealed class CountingStream(Stream inner, BodyTap tap, HttpResponse response) : ForwardOnlyStream
{
    public override bool CanRead => true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = inner.ReadAsync(buffer, cancellationToken);
        if (!reading.IsCompleted && !response.HasStarted)
        {
            await response.BodyWriter.FlushAsync(cancellationToken);
        }

        int read = await reading;
        tap.Add(buffer.Span[..read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
