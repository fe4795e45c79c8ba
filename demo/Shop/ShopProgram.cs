using System.Diagnostics;
using System.Net;
using MeshInsight.Shop.Calls;
using MeshInsight.Shop.Faults;
using MeshInsight.Shop.Roles;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshInsight.Shop;

/// <summary>One service of the sample shop: an ordinary app without telemetry code, which reaches the others through its sidecar.</summary>
internal static class ShopProgram
{
    private const int WrongSettings = 2;
    private const int PortTaken = 3;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var problems = new List<string>();
        if (ShopOptions.Read(arguments, Environment.GetEnvironmentVariable, [.. ShopRoles.All.Keys], problems) is not { } options)
        {
            problems.ForEach(Console.Error.WriteLine);
            return WrongSettings;
        }

        // Hands the trace context on as it came: spans are the sidecars' business.
        DistributedContextPropagator.Current = DistributedContextPropagator.CreatePassThroughPropagator();
        using var mesh = new MeshCalls(options.MeshUrl);
        int adminPort = options.AdminPort > 0 ? options.AdminPort : FreePort();
        await using var app = Build(options, mesh, adminPort);
        try
        {
            await app.StartAsync();
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            await Console.Error.WriteLineAsync($"Port {options.Port} or {adminPort} is taken; the shop's {options.Role} wanted it. Choose others with SHOP_PORT and SHOP_ADMIN_PORT.");
            return PortTaken;
        }

        var urls = app.Urls.Select(url => new Uri(url)).ToList();
        Console.WriteLine($"listening app {urls.First(url => url.Port != adminPort)}");
        Console.WriteLine($"listening faults {urls.First(url => url.Port == adminPort)}");
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static WebApplication Build(ShopOptions options, MeshCalls mesh, int adminPort)
    {
        var builder = WebApplication.CreateSlimBuilder();
        // Warnings only, and not none: without any logger the request has no activity, and so no trace context to hand on.
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(
                IPAddress.Parse(options.Bind),
                options.Port,
                listen => listen.Protocols = options.Role == ShopRoles.Payment ? HttpProtocols.Http2 : HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, adminPort, listen => listen.Protocols = HttpProtocols.Http1);
        });
        var app = builder.Build();
        var faults = new FaultInjector(TimeProvider.System, options.Seed, options.Faults);
        var role = new RoleContext(options, mesh, new Work(TimeProvider.System, options.Seed), faults, TimeProvider.System);
        if (options.Role != ShopRoles.Payment)
        {
            app.Use((http, next) => http.Connection.LocalPort == adminPort ? next() : role.ServeAsync(http, next));
        }

        app.MapFaults(faults, adminPort);
        ShopRoles.All[options.Role](app, role);
        return app;
    }

    /// <summary>Kestrel cannot say which of two listeners with port 0 got which port, so this one is chosen before.</summary>
    private static int FreePort()
    {
        using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
