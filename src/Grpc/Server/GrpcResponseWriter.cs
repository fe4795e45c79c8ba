using Google.Protobuf;

namespace MeshInsight.Grpc.Server;

/// <summary>Messages to the client. May be written from several threads; each message goes out whole.</summary>
public sealed class GrpcResponseWriter<TResponse>
    where TResponse : IMessage
{
    private readonly GrpcServerCall _call;

    internal GrpcResponseWriter(GrpcServerCall call) => _call = call;

    /// <summary>Returns when the message is on its way; waits while the client reads slowly.</summary>
    /// <exception cref="OperationCanceledException">The client went away or the deadline passed.</exception>
    public ValueTask WriteAsync(TResponse message) => _call.WriteAsync(message, flush: true);
}
