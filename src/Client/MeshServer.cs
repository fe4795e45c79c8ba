using MeshInsight.Client.Inbound;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace MeshInsight.Client;

/// <summary>
/// The app's server with the mesh's listener beside it (docs/decisions/0150): what comes in there has passed identity and policy before the app hears of it, and
/// the app's own addresses stay as they were. Starts first and stops first, so that the app is never called by the mesh without being there.
/// </summary>
internal sealed class MeshServer(IServer own, MeshNode node) : IServer
{
    public IFeatureCollection Features => own.Features;

    /// <summary>Takes the place of the server that is registered.</summary>
    public static void Decorate(IServiceCollection services)
    {
        var registered = services.Last(s => s.ServiceType == typeof(IServer));
        services.Remove(registered);
        services.AddSingleton<IServer>(provider => new MeshServer(Make(registered, provider), provider.GetRequiredService<MeshNode>()));
    }

    public async Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        await node.StartAsync(new HostedApp<TContext>(application), cancellationToken);
        await own.StartAsync(application, cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await node.Sidecar.StopAsync();
        await own.StopAsync(cancellationToken);
    }

    public void Dispose() => own.Dispose();

    private static IServer Make(ServiceDescriptor registered, IServiceProvider provider) =>
        (IServer)(registered.ImplementationInstance
            ?? registered.ImplementationFactory?.Invoke(provider)
            ?? ActivatorUtilities.CreateInstance(provider, registered.ImplementationType!));
}
