using Microsoft.AspNetCore.Http.Features;

namespace MeshInsight.Proxy.Accept;

/// <summary>One request as Kestrel hands it to us; the object is used again by the connection's (HTTP/1.1) or the stream's (HTTP/2) next request.</summary>
internal sealed class PipelineContext
{
    private ResetGuard? _resets;
    private long _began;

    public PipelineContext(IFeatureCollection features)
    {
        Http = new(features);
        Watch();
    }

    public DefaultHttpContext Http { get; }

    public void Begin(IFeatureCollection features)
    {
        Http.Initialize(features);
        Watch();
    }

    public void End()
    {
        // This is what Kestrel makes of a request that nobody waits for any more and nothing was sent for.
        _resets?.End(_began, Http.Response is { HasStarted: false, StatusCode: StatusCodes.Status499ClientClosedRequest });
        Http.Uninitialize();
    }

    private void Watch()
    {
        _resets = Http.Features.Get<ListenerSideFeature>()?.Resets;
        _began = _resets?.Now ?? 0;
    }
}
