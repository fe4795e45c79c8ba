using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using MeshInsight.EmbeddedClickHouse.Engine;
using MeshInsight.EmbeddedClickHouse.Http;
using MeshInsight.EmbeddedClickHouse.Sessions;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshInsight.EmbeddedClickHouse;

/// <summary>Kestrel in front of a started engine, until the program is told to end.</summary>
internal sealed partial class ClickHouseServer(ClickHouseEngine engine, ServerOptions options)
{
    private const int ListenerRefused = 2;
    private const int PortTaken = 3;

    private const string Unknown = "There is no such handle. Send statements to /, health checks to /ping.\n";

    /// <summary>Statements whose clients were cut off are stopped; this is how long that may take before the process ends over them.</summary>
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(5);

    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync()
    {
        // Statements block their thread inside the engine; with fewer threads ready than places, /ping would wait for the pool to grow.
        ThreadPool.GetMinThreads(out int workers, out int ports);
        ThreadPool.SetMinThreads(Math.Max(workers, options.Running + 8), ports);

        var clock = TimeProvider.System;
        var sessions = new HeldSessions(engine, clock);
        await using var places = new ConcurrencyLimiter(
            new() { PermitLimit = options.Running, QueueLimit = options.Waiting, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });
        await using var sweep = clock.CreateTimer(_ => sessions.CloseExpired(), null, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));
        await using var app = Build(new StatementEndpoint(engine, sessions, places, clock));
        if (await TryListenAsync(app) is { } refused)
        {
            return refused;
        }

        Log.Started(app.Logger, engine.Version, options.DataDirectory, options.MemoryBytes >> 20);
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        await Console.Out.WriteLineAsync("listening clickhouse " + address);
        await app.WaitForShutdownAsync();
        await CloseAsync(app.Logger, sessions, places);
        return 0;
    }

    private async Task<int?> TryListenAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync();
            return null;
        }
        catch (IOException failure) when (failure.InnerException is AddressInUseException)
        {
            await Console.Error.WriteLineAsync(
                $"Port {options.Port} on {options.Bind} is taken; EmbeddedClickHouse wants it for the ClickHouse HTTP interface. Set {ServerOptions.PortVariable} to another port (0 takes any free one).");
            return PortTaken;
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            await Console.Error.WriteLineAsync(
                $"EmbeddedClickHouse cannot listen on {options.Bind} port {options.Port}: {failure.Message} Set MESH_BIND or {ServerOptions.PortVariable}.");
            return ListenerRefused;
        }
    }

    /// <summary>
    /// Closes the engine once every statement is over. A connection must not be closed under its statement, so if one does not end the engine stays as
    /// it is: what was acknowledged is on disk.
    /// </summary>
    private async Task CloseAsync(ILogger logger, HeldSessions sessions, ConcurrencyLimiter places)
    {
        using var patience = new CancellationTokenSource(StopTime);
        try
        {
            using var all = await places.AcquireAsync(options.Running, patience.Token);
            sessions.Dispose();
            await Task.Run(engine.Close).WaitAsync(patience.Token);
            Log.Stopped(logger);
        }
        catch (OperationCanceledException)
        {
            Log.StoppedOver(logger, options.Running - (places.GetStatistics()?.CurrentAvailablePermits ?? 0));
        }
    }

    private WebApplication Build(StatementEndpoint statements)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("MeshInsight", LogLevel.Information);
        // An answer that broke off half way ends in an exception that Kestrel reports as an error of ours; it is the statement's.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Critical);
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTime);
        builder.WebHost.ConfigureKestrel(Listen);

        var app = builder.Build();
        app.MapMethods("/", ["GET", "HEAD", "POST"], statements.HandleAsync);
        foreach (string health in new[] { "/ping", "/replicas_status", "/healthz", "/readyz" })
        {
            app.MapMethods(health, ["GET", "HEAD"], () => "Ok.\n");
        }

        app.MapFallback(() => Results.Text(Unknown, statusCode: StatusCodes.Status404NotFound));
        return app;
    }

    private void Listen(KestrelServerOptions kestrel)
    {
        kestrel.Listen(new IPEndPoint(options.Bind, options.Port));
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        // Inserts stream, so no size is too much; StatementRunner bounds what is held in memory, RequestBody how long a client may be silent.
        limits.MaxRequestBodySize = null;
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(30));
        // Statements and parameters travel in the address.
        limits.MaxRequestLineSize = 1 << 20;
    }
}
