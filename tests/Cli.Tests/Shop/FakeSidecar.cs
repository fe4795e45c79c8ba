using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MeshInsight.Cli.Tests.Shop;

/// <summary>Answers every request and remembers what it saw.</summary>
internal sealed class FakeSidecar : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeSidecar(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.First());

    public ConcurrentQueue<(string Host, string? TraceParent, string? TraceState)> Requests { get; } = new();

    /// <param name="failure">When given, every answer is an error with this signature.</param>
    public static async Task<FakeSidecar> StartAsync(string? failure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var sidecar = new FakeSidecar(builder.Build());
        sidecar._app.Run(async http =>
        {
            sidecar.Requests.Enqueue((http.Request.Host.Value ?? "", http.Request.Headers.TraceParent, http.Request.Headers.TraceState));
            if (failure is not null)
            {
                http.Response.StatusCode = 500;
                http.Response.Headers["x-shop-failure"] = failure;
            }

            await http.Response.WriteAsync("answer");
        });
        await sidecar._app.StartAsync();
        return sidecar;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
