using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace MeshInsight.Proxy.Tests.Support;

/// <summary>A real Kestrel app that does what a test says.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestApp(RequestDelegate handle, HttpProtocols protocols, int port, Action<WebApplication>? map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.Limits.MaxRequestBodySize = null;
            k.Listen(IPAddress.Loopback, port, l => l.Protocols = protocols);
        });
        _app = builder.Build();
        _app.UseWebSockets();
        map?.Invoke(_app);
        _app.Map("/{**path}", handle);
    }

    public Uri Url => new(_app.Urls.First());

    public static async Task<TestApp> StartAsync(RequestDelegate handle, HttpProtocols protocols = HttpProtocols.Http1, int port = 0, Action<WebApplication>? map = null)
    {
        var app = new TestApp(handle, protocols, port, map);
        await app._app.StartAsync();
        return app;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
