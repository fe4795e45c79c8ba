using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace MeshInsight.Client.Inbound;

/// <summary>An app as its host hands it to a server, whatever that calls a context.</summary>
internal interface IHostedApp
{
    Task RunAsync(IFeatureCollection features);
}

/// <inheritdoc cref="IHostedApp"/>
internal sealed class HostedApp<TContext>(IHttpApplication<TContext> application) : IHostedApp
    where TContext : notnull
{
    public async Task RunAsync(IFeatureCollection features)
    {
        var context = application.CreateContext(features);
        try
        {
            await application.ProcessRequestAsync(context);
        }
        catch (Exception e)
        {
            application.DisposeContext(context, e);
            throw;
        }

        application.DisposeContext(context, null);
    }
}
