using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using MeshInsight.Grpc.Failures;
using MeshInsight.Grpc.Framing;

namespace MeshInsight.Grpc.Client;

/// <summary>Calls methods of one server over HTTP/2, in clear text (<c>http://</c>, prior knowledge) or TLS. Thread-safe; opens connections when calls need them.</summary>
/// <remarks>
/// Every failed call throws <see cref="GrpcException"/>, also when the server cannot be reached or the connection breaks (UNAVAILABLE) and when the deadline passes
/// (DEADLINE_EXCEEDED). A call cancelled by its caller throws <see cref="OperationCanceledException"/>. Nothing is retried.
/// </remarks>
public sealed class GrpcChannel : IDisposable
{
    private readonly Uri _address;
    private readonly GrpcChannelOptions _options;
    private readonly HttpMessageInvoker _http;

    public GrpcChannel(Uri address, GrpcChannelOptions? options = null)
    {
        _address = address;
        _options = options ?? new GrpcChannelOptions();
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = _options.TraceContext,
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = _options.ConnectTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            KeepAlivePingDelay = _options.KeepAlivePing,
            KeepAlivePingTimeout = _options.KeepAlivePing,
            SslOptions = new()
            {
                RemoteCertificateValidationCallback = _options.AcceptsServer is { } accepts ? (_, certificate, _, _) => certificate is X509Certificate2 shown && accepts(shown) : null,
            },
        });
    }

    /// <summary>One message out, one in.</summary>
    public async Task<TResponse> UnaryAsync<TRequest, TResponse>(
        string method, TRequest request, MessageParser<TResponse> parser, GrpcCallOptions? options = null, CancellationToken cancellation = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        options ??= GrpcCallOptions.Default;
        var frame = new PooledBuffer(request.CalculateSize() + MessageFrame.HeaderBytes);
        MessageFrame.Write(frame, request, options.Gzip);
        using var exchange = Start(method, new SingleMessageContent(frame), options, cancellation);
        return await exchange.ReadSingleAsync(reader => reader.Parse(parser));
    }

    /// <summary>One message out, one in, both as bytes.</summary>
    /// <param name="request">The serialised message; not kept after the call.</param>
    /// <param name="read">Reads the inflated response, which is valid only while it runs.</param>
    public async Task<T> UnaryRawAsync<T>(
        string method, ReadOnlySequence<byte> request, Func<ReadOnlySequence<byte>, T> read, GrpcCallOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= GrpcCallOptions.Default;
        var frame = new PooledBuffer(checked((int)request.Length) + MessageFrame.HeaderBytes);
        MessageFrame.Write(frame, request, options.Gzip);
        using var exchange = Start(method, new SingleMessageContent(frame), options, cancellation);
        return await exchange.ReadSingleAsync(reader => read(reader.Current));
    }

    /// <summary>One message out, any number in.</summary>
    public async IAsyncEnumerable<TResponse> ServerStreamAsync<TRequest, TResponse>(
        string method,
        TRequest request,
        MessageParser<TResponse> parser,
        GrpcCallOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellation = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        options ??= GrpcCallOptions.Default;
        var frame = new PooledBuffer(request.CalculateSize() + MessageFrame.HeaderBytes);
        MessageFrame.Write(frame, request, options.Gzip);
        using var exchange = Start(method, new SingleMessageContent(frame), options, cancellation);
        while (await exchange.ReadAsync(parser) is { } response)
        {
            yield return response;
        }
    }

    /// <summary>Any number of messages out, one in. Stops reading <paramref name="requests"/> when the server answers before their end.</summary>
    public async Task<TResponse> ClientStreamAsync<TRequest, TResponse>(
        string method, IAsyncEnumerable<TRequest> requests, MessageParser<TResponse> parser, GrpcCallOptions? options = null, CancellationToken cancellation = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        await using var call = Duplex<TRequest, TResponse>(method, parser, options, cancellation);
        using var answered = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var sending = SendAllAsync(call, requests, answered.Token);
        try
        {
            return await call.ReadSingleAsync();
        }
        finally
        {
            await answered.CancelAsync();
            await sending;
        }
    }

    /// <summary>Any number of messages both ways. Dispose the call to cancel what is left of it.</summary>
    /// <param name="cancellation">Cancels the call at any time in its life.</param>
    public GrpcDuplexCall<TRequest, TResponse> Duplex<TRequest, TResponse>(
        string method, MessageParser<TResponse> parser, GrpcCallOptions? options = null, CancellationToken cancellation = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        options ??= GrpcCallOptions.Default;
        var content = new PushContent();
        return new GrpcDuplexCall<TRequest, TResponse>(Start(method, content, options, cancellation), content, parser, options.Gzip);
    }

    public void Dispose() => _http.Dispose();

    private static async Task SendAllAsync<TRequest, TResponse>(
        GrpcDuplexCall<TRequest, TResponse> call, IAsyncEnumerable<TRequest> requests, CancellationToken answered)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        try
        {
            await foreach (var request in requests.WithCancellation(answered))
            {
                // The server may have answered and go on taking what nobody reads.
                answered.ThrowIfCancellationRequested();
                await call.WriteAsync(request);
            }

            await call.CompleteWritingAsync();
        }
        catch (Exception ended) when (ended is GrpcException or OperationCanceledException)
        {
            // The read side gets the call's status, or the caller's own cancellation; this is only its echo.
            call.Cancel();
        }
    }

    private ClientExchange Start(string method, HttpContent content, GrpcCallOptions options, CancellationToken cancellation) =>
        ClientExchange.Start(_http, _address, method, content, _options, options, cancellation);
}
