using System.Net;

namespace MeshInsight.Proxy.Forward;

/// <summary>The forwarder's request content, each write flushed and counted.</summary>
internal sealed class FlushingContent : HttpContent
{
    private readonly HttpContent _inner;
    private readonly ForwardCall _call;

    public FlushingContent(HttpContent inner, ForwardCall call)
    {
        _inner = inner;
        _call = call;
        foreach (var (name, values) in inner.Headers.NonValidated)
        {
            Headers.TryAddWithoutValidation(name, values);
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        _call.RequestBody = _inner.CopyToAsync(new FlushingStream(stream, _call.RequestTap), context, cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        // Content-Length is among the copied headers when the client sent one.
        length = 0;
        return false;
    }
}

/// <summary>An upstream response's content, counted while it is read.</summary>
internal sealed class CountingContent(HttpContent inner, BodyTap tap, HttpResponse response) : HttpContent
{
    protected override async Task<Stream> CreateContentReadStreamAsync() => new CountingStream(await inner.ReadAsStreamAsync(), tap, response);

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        new CountingStream(await inner.ReadAsStreamAsync(cancellationToken), tap, response);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => inner.CopyToAsync(stream, context);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
