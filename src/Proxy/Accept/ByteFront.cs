using System.IO.Pipelines;
using MeshInsight.Proxy.Identity;
using Microsoft.AspNetCore.Connections;

namespace MeshInsight.Proxy.Accept;

/// <summary>
/// The inbound listener of an app that speaks no HTTP. A TLS hello that asks for <see cref="MeshAlpn.Bytes"/> is a sidecar's; all else is the app's own as it came,
/// its TLS included. A client that is silent waits for the server, as in many a protocol, and is no sidecar: those speak at once.
/// </summary>
/// <param name="tls">Null to take plain connections only.</param>
internal sealed class ByteFront(TlsServer? tls, IByteHandler handler, TimeProvider time) : IConnectionFront
{
    // Ten times what a lost packet costs; only servers that speak first are kept waiting, and only by clients outside the mesh.
    private static readonly TimeSpan SilentFor = TimeSpan.FromSeconds(1);

    public async ValueTask<HttpStart?> OpenAsync(ConnectionContext connection, CancellationTokenSource limit, CancellationToken cancellation)
    {
        if (tls is not { IsReady: true } || !await IsSidecarAsync(connection.Transport.Input, cancellation))
        {
            await using var plain = new ByteConnection(connection);
            await handler.RunAsync(plain);
            return null;
        }

        limit.CancelAfter(SniffedListener.HandshakeWithin);
        var (stream, peer) = await tls.AcceptAsync(new DuplexStream(connection.Transport), cancellation);
        await using var secured = new ByteConnection(connection, stream, peer);
        await handler.RunAsync(secured);
        return null;
    }

    private async Task<bool> IsSidecarAsync(PipeReader input, CancellationToken cancellation)
    {
        var reading = input.ReadAsync(cancellation).AsTask();
        if (handler.TakesPlain && !reading.IsCompleted)
        {
            using var arrived = new CancellationTokenSource();
            await Task.WhenAny(reading, Task.Delay(SilentFor, time, arrived.Token));
            await arrived.CancelAsync();
        }

        bool gaveUp = handler.TakesPlain && !reading.IsCompleted;
        if (gaveUp)
        {
            input.CancelPendingRead();
        }

        var read = await reading;
        bool isTls = !read.Buffer.IsEmpty && read.Buffer.FirstSpan[0] == ProtocolSniffer.HandshakeRecord;
        // Nothing is consumed, nor marked as seen: whoever reads next gets it at once.
        input.AdvanceTo(read.Buffer.Start, read.Buffer.Start);
        if (gaveUp && !read.IsCanceled && input.TryRead(out var again))
        {
            // The client spoke just then; the cancellation must not hit the next read.
            input.AdvanceTo(again.Buffer.Start, again.Buffer.Start);
        }

        return isTls && await ClientHello.TryReadAsync(input, cancellation) is { OffersMeshBytes: true };
    }
}
