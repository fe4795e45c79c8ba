using Google.Protobuf;

namespace MeshInsight.Grpc.Server;

/// <summary>The client's messages. One reader at a time.</summary>
public sealed class GrpcRequestReader<TRequest>
    where TRequest : class, IMessage<TRequest>
{
    private readonly GrpcServerCall _call;
    private readonly MessageParser<TRequest> _parser;

    internal GrpcRequestReader(GrpcServerCall call, MessageParser<TRequest> parser)
    {
        _call = call;
        _parser = parser;
    }

    /// <returns>Null when the client has sent its last message.</returns>
    /// <exception cref="OperationCanceledException">The client went away or the deadline passed.</exception>
    public async ValueTask<TRequest?> ReadAsync()
    {
        if (!await _call.Reader.MoveNextAsync(_call.Cancellation))
        {
            return null;
        }

        var message = _call.Reader.Parse(_parser);
        _call.Reader.Release();
        return message;
    }
}
