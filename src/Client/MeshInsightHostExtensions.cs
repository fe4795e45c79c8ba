using MeshInsight.Client;
using MeshInsight.Proxy.Settings;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.Hosting;

/// <summary>Puts an app into the mesh.</summary>
public static class MeshInsightHostExtensions
{
    /// <summary>
    /// Registers the app with the control plane, sends what it calls of the mesh by the mesh's routes, and lets the mesh in on a listener of its own (web apps only).
    /// Settings are those of a sidecar, from the host's configuration: <c>MESH_SERVICE</c> is needed, <c>MESH_APP_URL</c> and <c>MESH_OUTBOUND_PORT</c> have no meaning here.
    /// </summary>
    /// <exception cref="InvalidOperationException">Settings are wrong; the message names all of them.</exception>
    public static TBuilder AddMeshInsight<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.Services.Any(s => s.ServiceType == typeof(MeshNode)))
        {
            return builder;
        }

        bool isWeb = builder.Services.Any(s => s.ServiceType == typeof(IServer));
        var options = Options(name => builder.Configuration[name]) with { IsAppInProcess = isWeb };
        builder.Services.AddSingleton(services => new MeshNode(options, services));
        builder.Services.AddTransient(services => new MeshInsightHandler(services.GetRequiredService<MeshNode>()));
        // After all that an app configures: routing stands where requests leave, so its own handlers still see every one of them.
        builder.Services.AddHttpClient();
        builder.Services.AddSingleton<IPostConfigureOptions<HttpClientFactoryOptions>>(services => new MeshPrimaryHandler(services.GetRequiredService<MeshNode>));
        if (isWeb)
        {
            MeshServer.Decorate(builder.Services);
        }
        else
        {
            builder.Services.AddHostedService<MeshWorker>();
        }

        return builder;
    }

    private static ProxyOptions Options(Func<string, string?> setting)
    {
        var (options, problems) = ProxyOptionsReader.Read(setting);
        if (options.AppUrl is not null)
        {
            problems = [.. problems, "MESH_APP_URL is for sidecars; this app is its own. Take it away."];
        }

        return problems.Count == 0 ? options with { CallsFromWithin = true } : throw new InvalidOperationException("The app cannot join the mesh: " + string.Join(' ', problems));
    }
}
