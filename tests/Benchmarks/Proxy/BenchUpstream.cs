using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>In this process: the app that answers 1 KB, and an OTLP listener that takes all and keeps nothing.</summary>
internal sealed class BenchUpstream : IAsyncDisposable
{
    private static readonly byte[] Body = new byte[1024];

    // An empty message with its frame: ExportTraceServiceResponse without a partial success.
    private static readonly byte[] Accepted = new byte[5];

    private readonly WebApplication _app;

    private BenchUpstream(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.First());

    public Uri OtlpUrl => new(_app.Urls.Last());

    public static async Task<BenchUpstream> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        var app = builder.Build();
        app.Run(context => HttpProtocol.IsHttp2(context.Request.Protocol) ? TakeAsync(context) : AnswerAsync(context));
        await app.StartAsync();
        return new(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentLength = Body.Length;
        return context.Response.Body.WriteAsync(Body, 0, Body.Length);
    }

    private static async Task TakeAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(Stream.Null);
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(Accepted);
        context.Response.AppendTrailer("grpc-status", "0");
    }
}
