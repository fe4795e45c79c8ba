using System.Diagnostics;

namespace MeshInsight.Client;

/// <summary>
/// Has ASP.NET Core keep an <see cref="Activity"/> per request also where nobody exports any: it carries the trace from the request that comes in to those that
/// go out for it. Costs an app without tracing one small object per request.
/// </summary>
internal sealed class TraceContinuity : IDisposable
{
    private readonly ActivityListener _listener = new()
    {
        ShouldListenTo = static source => source.Name == "Microsoft.AspNetCore",
        Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.PropagationData,
    };

    public TraceContinuity() => ActivitySource.AddActivityListener(_listener);

    public void Dispose() => _listener.Dispose();
}
