using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Limit;

/// <summary>The rate limits in force for one app. Replaced whole; readers take them once per request.</summary>
/// <param name="fetcher">Where tokens of global limits come from.</param>
internal sealed class CurrentLimits(string service, TokenFetcher fetcher, TimeProvider time)
{
    private InboundLimits? _limits;

    /// <summary>Null when none selects the service.</summary>
    public InboundLimits? Limits => Volatile.Read(ref _limits);

    /// <summary>Called by one thread at a time (the snapshot stream).</summary>
    public void Use(IReadOnlyList<RateLimitConfig> limits)
    {
        var own = limits.Where(l => l.Services.Count == 0 || l.Services.Contains(service)).ToList();
        Volatile.Write(ref _limits, own.Count == 0 ? null : new(own, _limits, fetcher, time));
    }
}
