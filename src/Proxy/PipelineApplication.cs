using MeshInsight.Proxy.Accept;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;

namespace MeshInsight.Proxy;

/// <summary>Our pipeline as Kestrel wants it.</summary>
internal sealed class PipelineApplication(ProxyPipeline pipeline) : IHttpApplication<PipelineContext>
{
    public PipelineContext CreateContext(IFeatureCollection contextFeatures)
    {
        if (contextFeatures is not IHostContextContainer<PipelineContext> container)
        {
            return new(contextFeatures);
        }

        if (container.HostContext is { } used)
        {
            used.Begin(contextFeatures);
            return used;
        }

        return container.HostContext = new(contextFeatures);
    }

    public Task ProcessRequestAsync(PipelineContext context) => pipeline.RunAsync(context.Http);

    public void DisposeContext(PipelineContext context, Exception? exception) => context.End();
}
