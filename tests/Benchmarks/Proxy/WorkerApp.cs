using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>An app whose capacity is exact, as its work is waiting: so many workers, a fixed time for each request, and a queue without end before them.</summary>
internal sealed class WorkerApp : IAsyncDisposable
{
    public const int Workers = 64;

    private static readonly TimeSpan ServiceTime = TimeSpan.FromMilliseconds(100);

    private readonly SemaphoreSlim _workers = new(Workers);
    private readonly WebApplication _app;

    private WorkerApp()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public static double CapacityPerSecond => Workers / ServiceTime.TotalSeconds;

    public Uri Url => new(_app.Urls.First());

    public static async Task<WorkerApp> StartAsync()
    {
        var app = new WorkerApp();
        await app._app.StartAsync();
        return app;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _workers.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        await _workers.WaitAsync(context.RequestAborted);
        try
        {
            await Task.Delay(ServiceTime);
        }
        finally
        {
            _workers.Release();
        }

        await context.Response.WriteAsync("done");
    }
}
