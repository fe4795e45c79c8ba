using System.Buffers;
using Google.Protobuf;

namespace MeshInsight.Grpc.Server;

/// <summary>One message in, one out.</summary>
public delegate Task<TResponse> GrpcUnaryHandler<in TRequest, TResponse>(TRequest request, GrpcServerCall call)
    where TRequest : class, IMessage<TRequest>
    where TResponse : IMessage;

/// <summary>One message in, any number out.</summary>
public delegate Task GrpcServerStreamHandler<in TRequest, TResponse>(TRequest request, GrpcResponseWriter<TResponse> responses, GrpcServerCall call)
    where TRequest : class, IMessage<TRequest>
    where TResponse : IMessage;

/// <summary>Any number of messages in, one out.</summary>
public delegate Task<TResponse> GrpcClientStreamHandler<TRequest, TResponse>(GrpcRequestReader<TRequest> requests, GrpcServerCall call)
    where TRequest : class, IMessage<TRequest>
    where TResponse : IMessage;

/// <summary>Any number of messages both ways; the call ends when the handler returns.</summary>
public delegate Task GrpcBidiHandler<TRequest, TResponse>(GrpcRequestReader<TRequest> requests, GrpcResponseWriter<TResponse> responses, GrpcServerCall call)
    where TRequest : class, IMessage<TRequest>
    where TResponse : IMessage;

/// <summary>One message in, one out, both as bytes.</summary>
/// <param name="request">The inflated message, in the connection's own memory when it came plain. Valid until the returned task ends, then reused: copy what must stay.</param>
/// <param name="response">Where the response message is written; nothing written is an empty message.</param>
public delegate ValueTask GrpcRawHandler(ReadOnlySequence<byte> request, IBufferWriter<byte> response, GrpcServerCall call);
