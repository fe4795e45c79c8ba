using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Records;
using Microsoft.AspNetCore.Http.Features;

namespace MeshInsight.Client.Inbound;

/// <summary>
/// Counts the bodies of a request that the app answers in this process. A length that is announced is taken for granted; only what has none, and gRPC for its
/// messages, is looked at while it passes.
/// </summary>
internal static class BodyTaps
{
    public static void Apply(Exchange exchange)
    {
        var (context, request) = (exchange.Context, exchange.Context.Request);
        if (!exchange.IsGrpc && request.ContentLength is { } length)
        {
            exchange.Request.AddBytes(length);
        }
        else if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
        {
            request.Body = new TappedBody(request.Body, new(exchange.Request, exchange.IsGrpc));
        }

        if (context.Features.Get<IHttpResponseBodyFeature>() is { } body)
        {
            context.Features.Set<IHttpResponseBodyFeature>(new TappedResponse(body, new(exchange.Response, exchange.IsGrpc)));
        }
    }
}

/// <summary>A request body, counted while the app reads it.</summary>
internal sealed class TappedBody(Stream inner, BodyTap tap) : ForwardOnlyStream
{
    public override bool CanRead => true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await inner.ReadAsync(buffer, cancellationToken);
        tap.Add(buffer.Span[..read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // Apps that allow themselves synchronous reads are told by the server whether they may.
    public override int Read(byte[] buffer, int offset, int count)
    {
        int read = inner.Read(buffer, offset, count);
        tap.Add(buffer.AsSpan(offset, read));
        return read;
    }
}
