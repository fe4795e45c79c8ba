using System.Net;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Match;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace MeshInsight.Proxy.Edge;

/// <summary>Our pipeline for requests by HTTP/3: streams know nothing of what is said on their connection, so each is told here where it came in.</summary>
internal sealed class Http3Application(IHttpApplication<PipelineContext> inner, int port, Func<GatewayTable> gateway) : IHttpApplication<PipelineContext>
{
    public PipelineContext CreateContext(IFeatureCollection contextFeatures)
    {
        var remote = contextFeatures.Get<IHttpConnectionFeature>()?.RemoteIpAddress ?? IPAddress.None;
        contextFeatures.Set(new ListenerSideFeature(ListenerSide.Gateway, null, (remote.IsIPv4MappedToIPv6 ? remote.MapToIPv4() : remote).ToString()));
        contextFeatures.Set(new EdgeFeature(port, Listener(contextFeatures)));
        return inner.CreateContext(contextFeatures);
    }

    public Task ProcessRequestAsync(PipelineContext context) => inner.ProcessRequestAsync(context);

    public void DisposeContext(PipelineContext context, Exception? exception) => inner.DisposeContext(context, exception);

    // The one whose name is asked for, if it serves HTTP/3; else one that does: another's name gets 421 then.
    private Contracts.Mesh.GatewayListener? Listener(IFeatureCollection features)
    {
        var own = gateway().Port(port);
        string host = features.Get<IHttpRequestFeature>()?.Headers.Host.ToString() ?? "";
        var named = own?.Find(Authority.Host(host))?.Config;
        return named is { Http3: true } ? named : own?.Listeners.FirstOrDefault(l => l.Config.Http3)?.Config;
    }
}
