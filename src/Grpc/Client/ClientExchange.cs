using System.IO.Pipelines;
using System.Net;
using Google.Protobuf;
using MeshInsight.Grpc.Failures;
using MeshInsight.Grpc.Framing;

namespace MeshInsight.Grpc.Client;

/// <summary>One call over HTTP: the request on its way, the response's messages, the status at the end. One reader at a time.</summary>
internal sealed class ClientExchange : IDisposable
{
    /// <summary>Control messages are small, and every open stream holds one such buffer.</summary>
    private const int ReadBufferBytes = 8 * 1024;

    private readonly CancellationToken _callerCancellation;
    private readonly CancellationTokenSource? _deadline;
    private readonly CancellationTokenSource _cancellation;
    private readonly HttpRequestMessage _request;
    private readonly Task<HttpResponseMessage> _response;
    private readonly int _limitBytes;
    private MessageReader? _reader;
    private bool _disposed;

    private ClientExchange(
        HttpMessageInvoker http, HttpRequestMessage request, TimeSpan? deadline, TimeProvider clock, int limitBytes, CancellationToken cancellation)
    {
        _request = request;
        _limitBytes = limitBytes;
        _callerCancellation = cancellation;
        _deadline = deadline is { } left ? new CancellationTokenSource(left, clock) : null;
        _cancellation = _deadline is null
            ? CancellationTokenSource.CreateLinkedTokenSource(cancellation)
            : CancellationTokenSource.CreateLinkedTokenSource(cancellation, _deadline.Token);
        _response = http.SendAsync(request, _cancellation.Token);
        (request.Content as PushContent)?.Follow(_response);
    }

    public CancellationToken Cancellation => _cancellation.Token;

    /// <summary>Known once the stream has ended well.</summary>
    public IReadOnlyDictionary<string, string> Trailers { get; private set; } = ResponseStatus.NoTrailers;

    public static ClientExchange Start(
        HttpMessageInvoker http, Uri address, string method, HttpContent content, GrpcChannelOptions channel, GrpcCallOptions call, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, method))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TryAddWithoutValidation("te", "trailers");
        request.Headers.TryAddWithoutValidation(GrpcHeaders.AcceptEncoding, GrpcHeaders.Encodings);
        if (call.Gzip)
        {
            request.Headers.TryAddWithoutValidation(GrpcHeaders.Encoding, GrpcHeaders.Gzip);
        }

        if (call.Deadline is { } deadline)
        {
            request.Headers.TryAddWithoutValidation(GrpcHeaders.Timeout, GrpcTimeout.Format(deadline));
        }

        if (channel.Token is { } token)
        {
            request.Headers.TryAddWithoutValidation("authorization", "Bearer " + token);
        }

        if (call.Authority is { } authority)
        {
            request.Headers.Host = authority;
        }

        foreach (var (name, value) in call.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return new ClientExchange(http, request, call.Deadline, channel.Clock, channel.MaxReceiveBytes, cancellation);
    }

    /// <summary>Response metadata, as soon as the server sends it.</summary>
    public async Task<IReadOnlyDictionary<string, string>> HeadersAsync()
    {
        try
        {
            return ResponseStatus.Metadata((await OpenAsync()).Headers);
        }
        catch (Exception failure) when (Translate(failure) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>The only response message, after the status has confirmed it.</summary>
    public async Task<T> ReadSingleAsync<T>(Func<MessageReader, T> read)
    {
        try
        {
            var response = await OpenAsync();
            if (!await _reader!.MoveNextAsync(Cancellation))
            {
                Trailers = ResponseStatus.ThrowUnlessOk(response);
                throw new GrpcException(GrpcStatusCode.Internal, "The server sent status OK, but no message.");
            }

            T result = read(_reader);
            if (await _reader.MoveNextAsync(Cancellation))
            {
                throw new GrpcException(GrpcStatusCode.Internal, "The server sent a second message where the method has one.");
            }

            Trailers = ResponseStatus.ThrowUnlessOk(response);
            return result;
        }
        catch (Exception failure) when (Translate(failure) is { } translated)
        {
            throw translated;
        }
    }

    /// <returns>Null at the end of the stream, when its status is OK.</returns>
    public async ValueTask<T?> ReadAsync<T>(MessageParser<T> parser)
        where T : class, IMessage<T>
    {
        try
        {
            var response = await OpenAsync();
            if (!await _reader!.MoveNextAsync(Cancellation))
            {
                Trailers = ResponseStatus.ThrowUnlessOk(response);
                return null;
            }

            var message = _reader.Parse(parser);
            _reader.Release();
            return message;
        }
        catch (Exception failure) when (Translate(failure) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>What an exception of the connection means for the call; null when it already says so itself.</summary>
    public GrpcException? Translate(Exception failure) => failure switch
    {
        GrpcException => null,
        // No connection is no connection, also when the caller has given up meanwhile.
        HttpRequestException when _response.IsFaulted => TransportFailure.Translate(failure),
        _ when _callerCancellation.IsCancellationRequested => null,
        _ when _deadline is { IsCancellationRequested: true } => new GrpcException(GrpcStatusCode.DeadlineExceeded, "Deadline exceeded.", innerException: failure),
        HttpRequestException or IOException => TransportFailure.Translate(failure),
        OperationCanceledException or ObjectDisposedException when _disposed || _cancellation.IsCancellationRequested =>
            new GrpcException(GrpcStatusCode.Cancelled, "The call was given up.", innerException: failure),
        _ => null,
    };

    /// <summary>The status of a call that has already ended, for a writer that finds its stream closed; null while unknown.</summary>
    public GrpcException? EarlyStatus()
    {
        try
        {
            if (_response.IsCompletedSuccessfully)
            {
                ResponseStatus.ThrowIfRefused(_response.Result);
            }

            return null;
        }
        catch (GrpcException refused)
        {
            return refused;
        }
    }

    public void Cancel() => _cancellation.Cancel();

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _cancellation.Cancel();
        _reader?.Dispose();
        if (_response.IsCompletedSuccessfully)
        {
            _response.Result.Dispose();
        }

        // The handler may still be reading the body; its memory goes back when it has let go.
        _ = _response.ContinueWith(
            static (response, request) =>
            {
                _ = response.Exception;
                ((HttpRequestMessage)request!).Dispose();
            },
            _request,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        _cancellation.Dispose();
        _deadline?.Dispose();
    }

    private async ValueTask<HttpResponseMessage> OpenAsync()
    {
        var response = await _response;
        if (_reader is null)
        {
            ResponseStatus.ThrowIfRefused(response);
            var pipe = PipeReader.Create(
                await response.Content.ReadAsStreamAsync(Cancellation),
                new StreamPipeReaderOptions(bufferSize: ReadBufferBytes, useZeroByteReads: true));
            _reader = new MessageReader(pipe, ResponseStatus.IsGzip(response), _limitBytes);
        }

        return response;
    }
}
