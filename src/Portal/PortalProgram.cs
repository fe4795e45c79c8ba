using System.Net.Sockets;
using MeshInsight.Portal.Settings;
using Microsoft.AspNetCore.Connections;

namespace MeshInsight.Portal;

/// <summary>Start, run, stop; exit code 2 for settings that cannot be used, 3 for a port that is taken.</summary>
internal static class PortalProgram
{
    private const int BadSettings = 2;
    private const int PortTaken = 3;

    public static async Task<int> RunAsync(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        var problems = new List<string>();
        var settings = PortalSettings.Read(builder.Configuration, problems);
        if (problems.Count > 0)
        {
            problems.ForEach(Console.Error.WriteLine);
            return BadSettings;
        }

        await using var app = PortalApp.Build(builder, settings);
        try
        {
            await app.StartAsync();
        }
        catch (IOException failure) when (failure.InnerException is AddressInUseException or SocketException)
        {
            Console.Error.WriteLine($"Port {settings.Port} on {settings.Bind} is taken; the portal wanted it. MESH_PORTAL_PORT (or --port-base of ./mesh) moves it.");
            return PortTaken;
        }

        foreach (string url in app.Urls)
        {
            Console.WriteLine($"listening portal {url}");
        }

        await app.WaitForShutdownAsync();
        return 0;
    }
}
