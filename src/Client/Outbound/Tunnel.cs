using System.IO.Pipelines;
using System.Net;
using MeshInsight.Proxy.Forward;
using Microsoft.AspNetCore.Http.Features;

namespace MeshInsight.Client.Outbound;

/// <summary>
/// A connection that is upgraded (RFC 9110 section 7.8), in memory: what the app gets for a body it may also write to. <c>ClientWebSocket</c> does, when it is given our
/// handler.
/// </summary>
internal sealed class Tunnel(ResponseEnd response) : IHttpUpgradeFeature, IDisposable
{
    private readonly Pipe _sent = new();

    /// <returns>Null for a message that asks for none.</returns>
    public static Tunnel? Of(HttpRequestMessage message, ResponseEnd response) => message.Headers.Upgrade.Count > 0 ? new(response) : null;

    public bool IsUpgradableRequest => true;

    /// <summary>The other side agreed.</summary>
    /// <returns>What the app says, and what is said to it.</returns>
    public async Task<Stream> UpgradeAsync()
    {
        response.StatusCode = (int)HttpStatusCode.SwitchingProtocols;
        response.Sent = _sent.Writer;
        await response.StartAsync();
        return new MeshSide(_sent.Reader, response.Writer);
    }

    /// <summary>Nobody hears the app any more, which its next write is told.</summary>
    public void Dispose() => _sent.Reader.Complete();

    private sealed class MeshSide(PipeReader sent, PipeWriter received) : ForwardOnlyStream
    {
        private readonly Stream _sent = sent.AsStream(leaveOpen: true);
        private readonly Stream _received = received.AsStream(leaveOpen: true);

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _sent.ReadAsync(buffer, cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        // Each write is for the app to see now; the stream of a pipe flushes what it writes.
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _received.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>The content of a response that upgrades: a stream both ways, which can be asked for only once.</summary>
internal sealed class TunnelContent(ResponseBodyReader received, PipeWriter sent) : HttpContent
{
    private readonly AppSide _stream = new(received, sent);

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => _stream;

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(_stream);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => throw new NotSupportedException("An upgraded connection is read and written, not copied.");

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        _stream.Dispose();
        base.Dispose(disposing);
    }

    private sealed class AppSide(ResponseBodyReader received, PipeWriter sent) : ForwardOnlyStream
    {
        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => received.ReadAsync(buffer, cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var flushed = await sent.WriteAsync(buffer, cancellationToken);
            if (flushed.IsCompleted)
            {
                throw new IOException("The connection has ended.");
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                sent.Complete();
                received.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
