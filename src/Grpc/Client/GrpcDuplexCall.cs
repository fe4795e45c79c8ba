using Google.Protobuf;
using MeshInsight.Grpc.Failures;
using MeshInsight.Grpc.Framing;

namespace MeshInsight.Grpc.Client;

/// <summary>A bidirectional call. Writing is thread-safe; one reader at a time; both at once is what it is for.</summary>
public sealed class GrpcDuplexCall<TRequest, TResponse> : IAsyncDisposable
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    private readonly ClientExchange _exchange;
    private readonly PushContent _content;
    private readonly MessageParser<TResponse> _parser;
    private readonly bool _gzip;

    internal GrpcDuplexCall(ClientExchange exchange, PushContent content, MessageParser<TResponse> parser, bool gzip)
    {
        _exchange = exchange;
        _content = content;
        _parser = parser;
        _gzip = gzip;
    }

    /// <summary>Trailing metadata; empty until <see cref="ReadAsync"/> has returned null.</summary>
    public IReadOnlyDictionary<string, string> Trailers => _exchange.Trailers;

    /// <summary>Response metadata, as soon as the server sends it: with its first message at the latest.</summary>
    /// <exception cref="GrpcException">The call failed.</exception>
    public Task<IReadOnlyDictionary<string, string>> HeadersAsync() => _exchange.HeadersAsync();

    /// <summary>Returns when the message is handed to the connection; waits while the server reads slowly.</summary>
    /// <exception cref="GrpcException">The call has ended. <see cref="ReadAsync"/> knows its status for certain.</exception>
    public async ValueTask WriteAsync(TRequest message)
    {
        using var frame = new PooledBuffer(message.CalculateSize() + MessageFrame.HeaderBytes);
        MessageFrame.Write(frame, message, _gzip);
        try
        {
            await _content.WriteAsync(frame.WrittenMemory, _exchange.Cancellation);
        }
        catch (Exception failure) when (_exchange.EarlyStatus() is { } status)
        {
            _ = failure;
            throw status;
        }
        catch (Exception failure) when (_exchange.Translate(failure) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>Tells the server that no more messages follow.</summary>
    public async ValueTask CompleteWritingAsync()
    {
        try
        {
            await _content.CompleteAsync(_exchange.Cancellation);
        }
        catch (Exception failure) when (_exchange.Translate(failure) is { } translated)
        {
            throw translated;
        }
    }

    /// <returns>Null when the server ended the call with status OK.</returns>
    /// <exception cref="GrpcException">The call ended with another status.</exception>
    public ValueTask<TResponse?> ReadAsync() => _exchange.ReadAsync(_parser);

    /// <summary>Gives the call up; the server sees a cancelled call.</summary>
    public void Cancel() => _exchange.Cancel();

    public ValueTask DisposeAsync()
    {
        _exchange.Dispose();
        _content.Abandon();
        return ValueTask.CompletedTask;
    }

    internal Task<TResponse> ReadSingleAsync() => _exchange.ReadSingleAsync(reader => reader.Parse(_parser));
}
