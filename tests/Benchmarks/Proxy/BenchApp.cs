using System.Globalization;
using System.Net;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>An app that answers 1 KB in a process of its own (this program, started again), so that it can be killed and come back on its port.</summary>
internal sealed class BenchApp : IAsyncDisposable
{
    /// <summary>First argument of the program in that process.</summary>
    public const string Command = "serve-app";

    private readonly int _port = FreePorts.One();
    private ProgramProcess? _process;

    public Uri Url => new($"http://127.0.0.1:{_port}");

    public static async Task<int> ServeAsync(string port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture)));
        await using var app = builder.Build();
        byte[] body = new byte[1024];
        app.Run(context =>
        {
            context.Response.ContentLength = body.Length;
            return context.Response.Body.WriteAsync(body, 0, body.Length);
        });
        await app.StartAsync();
        Console.WriteLine($"listening http {app.Urls.First()}");
        await ((IHost)app).WaitForShutdownAsync();
        return 0;
    }

    public async Task StartAsync()
    {
        _process = ProgramProcess.Start(typeof(BenchApp).Assembly.Location, [], Command, _port.ToString(CultureInfo.InvariantCulture));
        await _process.ListeningAsync("http");
    }

    /// <summary>SIGKILL: no goodbye, requests in flight are cut.</summary>
    public async Task KillAsync()
    {
        await DisposeAsync();
        _process = null;
    }

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? default;
}
