using System.Buffers;
using Google.Protobuf;
using MeshInsight.Grpc.Failures;
using MeshInsight.Grpc.Server;
using MeshInsight.Grpc.Tests.Proto;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace MeshInsight.Grpc.Tests;

/// <summary>Our server with the service of echo.proto, on a port of the system's choice.</summary>
internal sealed class EchoHost : IAsyncDisposable
{
    public const string Token = "a token of the tests";

    private readonly WebApplication _app;

    private EchoHost(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.First());

    /// <summary>host:port, as grpc-js wants it.</summary>
    public string Address => Url.Authority;

    /// <summary>Set when Never has begun.</summary>
    public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Set when a handler that waits for its client sees it leave.</summary>
    public TaskCompletionSource<bool> Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets Stubborn end.</summary>
    public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static async Task<EchoHost> StartAsync(GrpcServiceOptions? options = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        var host = new EchoHost(app);
        host.Map(options ?? new GrpcServiceOptions { GzipResponsesAboveBytes = 1000 });
        await app.StartAsync();
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        Release.TrySetResult();
        await _app.DisposeAsync();
    }

    private void Map(GrpcServiceOptions options)
    {
        const string Service = "/meshinsight.test.v1.Echo/";
        _app.MapGrpcUnary<EchoRequest, EchoReply>(Service + "Unary", EchoRequest.Parser, UnaryAsync, options);
        _app.MapGrpcServerStream<EchoRequest, EchoReply>(Service + "ServerStream", EchoRequest.Parser, ServerStreamAsync, options);
        _app.MapGrpcClientStream<EchoRequest, EchoReply>(Service + "ClientStream", EchoRequest.Parser, ClientStreamAsync, options);
        _app.MapGrpcBidi<EchoRequest, EchoReply>(Service + "Bidi", EchoRequest.Parser, BidiAsync, options);
        _app.MapGrpcUnary<EchoRequest, EchoReply>(Service + "Fail", EchoRequest.Parser, (request, _) => throw FailureOf(request), options);
        _app.MapGrpcServerStream<EchoRequest, EchoReply>(Service + "FailLate", EchoRequest.Parser, FailLateAsync, options);
        _app.MapGrpcUnary<EchoRequest, EchoReply>(Service + "Never", EchoRequest.Parser, NeverAsync, options);
        _app.MapGrpcUnary<EchoRequest, EchoReply>(Service + "Stubborn", EchoRequest.Parser, StubbornAsync, options);
        _app.MapGrpcUnary<EchoRequest, EchoReply>(
            Service + "Guarded", EchoRequest.Parser, (request, _) => Task.FromResult(Reply(request)), options with { Token = new BearerToken(Token) });
        _app.MapGrpcRaw(Service + "Raw", RawAsync, options);
        _app.MapGrpcUnimplemented();
    }

    private static EchoReply Reply(EchoRequest request) => new() { Text = request.Text, Count = request.Count, Payload = request.Payload };

    private static GrpcException FailureOf(EchoRequest request) =>
        new((GrpcStatusCode)request.Code, request.Text, request.RetryMillis > 0 ? TimeSpan.FromMilliseconds(request.RetryMillis) : null, new Dictionary<string, string> { ["x-trailer"] = "seen" });

    private static Task<EchoReply> UnaryAsync(EchoRequest request, GrpcServerCall call)
    {
        if (request.Text == "bug")
        {
            throw new InvalidOperationException("A secret of the server.");
        }

        call.SetResponseHeader("x-answer", call.RequestHeader("x-asked") ?? "");
        call.SetTrailer("x-trailer", "seen");
        return Task.FromResult(Reply(request));
    }

    private static async Task ServerStreamAsync(EchoRequest request, GrpcResponseWriter<EchoReply> responses, GrpcServerCall call)
    {
        for (int i = 0; i < request.Count; i++)
        {
            await responses.WriteAsync(new EchoReply { Text = $"{request.Text} {i}" });
        }
    }

    private static async Task<EchoReply> ClientStreamAsync(GrpcRequestReader<EchoRequest> requests, GrpcServerCall call)
    {
        var reply = new EchoReply();
        while (await requests.ReadAsync() is { } request)
        {
            reply.Count += request.Count;
            reply.Text += request.Text;
        }

        return reply;
    }

    private static async Task BidiAsync(GrpcRequestReader<EchoRequest> requests, GrpcResponseWriter<EchoReply> responses, GrpcServerCall call)
    {
        while (await requests.ReadAsync() is { } request)
        {
            await responses.WriteAsync(Reply(request));
        }
    }

    private static async Task FailLateAsync(EchoRequest request, GrpcResponseWriter<EchoReply> responses, GrpcServerCall call)
    {
        await ServerStreamAsync(request, responses, call);
        throw FailureOf(request);
    }

    private async Task<EchoReply> NeverAsync(EchoRequest request, GrpcServerCall call)
    {
        Entered.TrySetResult();
        try
        {
            await Task.Delay(Timeout.Infinite, call.Cancellation);
        }
        finally
        {
            Cancelled.TrySetResult(call.IsDeadlineExceeded);
        }

        return new EchoReply();
    }

    private async Task<EchoReply> StubbornAsync(EchoRequest request, GrpcServerCall call)
    {
        await Release.Task;
        return Reply(request);
    }

    private ValueTask RawAsync(ReadOnlySequence<byte> request, IBufferWriter<byte> response, GrpcServerCall call)
    {
        var message = EchoRequest.Parser.ParseFrom(request);
        Reply(message).WriteTo(response);
        return ValueTask.CompletedTask;
    }
}
