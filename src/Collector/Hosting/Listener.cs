using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshInsight.Collector.Hosting;

/// <summary>A port that something else has.</summary>
internal sealed class PortTakenException(string message) : Exception(message);

/// <summary>What one listener is: its word in the <c>listening</c> line, its port and the setting that moves it.</summary>
internal sealed record ListenerConfig(string Name, IPAddress Bind, int Port, string Variable, HttpProtocols Protocols);

/// <summary>One Kestrel with one port, so that each door has its own protocol and limits.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Listener(string name, WebApplication app, Uri address)
    {
        Name = name;
        _app = app;
        Address = address;
    }

    public string Name { get; }

    public Uri Address { get; }

    /// <exception cref="PortTakenException">Names the port, who wanted it and the setting that moves it.</exception>
    public static async Task<Listener> StartAsync(ListenerConfig config, ILoggerFactory loggers, Action<WebApplication> map, CancellationToken cancel)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // The doors check sizes themselves and answer with the reason.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(config.Bind, config.Port, listen => listen.Protocols = config.Protocols);
        });
        var app = builder.Build();
        map(app);
        try
        {
            await app.StartAsync(cancel);
        }
        catch (IOException failure) when (failure.InnerException is AddressInUseException)
        {
            await app.DisposeAsync();
            throw new PortTakenException($"Port {config.Port} on {config.Bind} is taken; the collector wants it for {config.Name}. Set {config.Variable} to another port (0 takes any free one).");
        }

        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new(config.Name, app, new Uri(address));
    }

    /// <summary>Takes no new requests and lets those that run end.</summary>
    public Task StopAsync(CancellationToken cancel) => _app.StopAsync(cancel);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
