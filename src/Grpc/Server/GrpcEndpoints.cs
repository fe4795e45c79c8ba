using Google.Protobuf;
using MeshInsight.Grpc.Framing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MeshInsight.Grpc.Server;

/// <summary>Maps gRPC methods onto Kestrel endpoints. A method is written <c>/package.Service/Method</c>; the listener must speak HTTP/2 (h2c or TLS).</summary>
public static class GrpcEndpoints
{
    public static IEndpointConventionBuilder MapGrpcUnary<TRequest, TResponse>(
        this IEndpointRouteBuilder endpoints,
        string method,
        MessageParser<TRequest> parser,
        GrpcUnaryHandler<TRequest, TResponse> handler,
        GrpcServiceOptions? options = null)
        where TRequest : class, IMessage<TRequest>
        where TResponse : IMessage =>
        endpoints.Map(
            method,
            async call =>
            {
                await call.Reader.ReadSingleAsync(call.Cancellation);
                var request = call.Reader.Parse(parser);
                call.Reader.Release();
                var response = await handler(request, call);
                // Not flushed: headers, message and status leave together.
                await call.WriteAsync(response, flush: false);
            },
            options);

    public static IEndpointConventionBuilder MapGrpcServerStream<TRequest, TResponse>(
        this IEndpointRouteBuilder endpoints,
        string method,
        MessageParser<TRequest> parser,
        GrpcServerStreamHandler<TRequest, TResponse> handler,
        GrpcServiceOptions? options = null)
        where TRequest : class, IMessage<TRequest>
        where TResponse : IMessage =>
        endpoints.Map(
            method,
            async call =>
            {
                await call.Reader.ReadSingleAsync(call.Cancellation);
                var request = call.Reader.Parse(parser);
                call.Reader.Release();
                await handler(request, new GrpcResponseWriter<TResponse>(call), call);
            },
            options);

    public static IEndpointConventionBuilder MapGrpcClientStream<TRequest, TResponse>(
        this IEndpointRouteBuilder endpoints,
        string method,
        MessageParser<TRequest> parser,
        GrpcClientStreamHandler<TRequest, TResponse> handler,
        GrpcServiceOptions? options = null)
        where TRequest : class, IMessage<TRequest>
        where TResponse : IMessage =>
        endpoints.Map(
            method,
            async call => await call.WriteAsync(await handler(new GrpcRequestReader<TRequest>(call, parser), call), flush: false),
            options);

    public static IEndpointConventionBuilder MapGrpcBidi<TRequest, TResponse>(
        this IEndpointRouteBuilder endpoints,
        string method,
        MessageParser<TRequest> parser,
        GrpcBidiHandler<TRequest, TResponse> handler,
        GrpcServiceOptions? options = null)
        where TRequest : class, IMessage<TRequest>
        where TResponse : IMessage =>
        endpoints.Map(method, call => handler(new GrpcRequestReader<TRequest>(call, parser), new GrpcResponseWriter<TResponse>(call), call), options);

    /// <summary>A unary method whose messages stay bytes: for formats that decode straight from the pipe.</summary>
    public static IEndpointConventionBuilder MapGrpcRaw(
        this IEndpointRouteBuilder endpoints, string method, GrpcRawHandler handler, GrpcServiceOptions? options = null) =>
        endpoints.Map(
            method,
            async call =>
            {
                using var response = new PooledBuffer();
                await call.Reader.ReadSingleAsync(call.Cancellation);
                await handler(call.Reader.Current, response, call);
                call.Reader.Release();
                await call.WriteRawAsync(response.WrittenMemory);
            },
            options);

    /// <summary>Answers gRPC calls to methods that nobody mapped with UNIMPLEMENTED, where routing alone would say 404.</summary>
    public static IEndpointConventionBuilder MapGrpcUnimplemented(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/{service}/{method}", (RequestDelegate)GrpcServerRunner.RefuseUnknownMethodAsync);

    private static IEndpointConventionBuilder Map(
        this IEndpointRouteBuilder endpoints, string method, Func<GrpcServerCall, Task> handler, GrpcServiceOptions? options)
    {
        var runner = new GrpcServerRunner(handler, options ?? GrpcServiceOptions.Default);
        return endpoints.MapPost(method, (RequestDelegate)runner.RunAsync);
    }
}
