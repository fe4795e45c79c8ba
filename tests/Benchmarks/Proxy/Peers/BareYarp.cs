using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MeshInsight.Testing;
using Yarp.ReverseProxy.Configuration;

namespace MeshInsight.Benchmarks.Proxy.Peers;

/// <summary>YARP as its documentation sets it up, one route and one cluster, with the settings that make it cheapest and no telemetry. In a process of its own: this program, started again.</summary>
internal sealed class BareYarp : IAsyncDisposable
{
    /// <summary>First argument of the program in that process.</summary>
    public const string Command = "serve-yarp";

    private readonly ProgramProcess _process;

    private BareYarp(ProgramProcess process) => _process = process;

    public required Uri Url { get; init; }

    public int ProcessId => _process.Id;

    public static async Task<BareYarp> StartAsync(Uri upstream)
    {
        var process = ProgramProcess.Start(typeof(BareYarp).Assembly.Location, new Dictionary<string, string>
        {
            ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0",
            ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1",
        }, Command, upstream.ToString());
        return new(process) { Url = await process.ListeningAsync("http") };
    }

    public static async Task<int> ServeAsync(string upstream)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig { RouteId = "all", ClusterId = "app", Match = new() { Path = "{**path}" } }],
            [new ClusterConfig { ClusterId = "app", Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = upstream } } }]);
        await using var app = builder.Build();
        app.MapReverseProxy();
        await app.StartAsync();
        Console.WriteLine($"listening http {app.Urls.First()}");
        await ((IHost)app).WaitForShutdownAsync();
        return 0;
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
