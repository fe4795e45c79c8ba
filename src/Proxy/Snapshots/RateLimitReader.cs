using MeshInsight.Contracts.Mesh;
using Wire = MeshInsight.Control.V1;

namespace MeshInsight.Proxy.Snapshots;

/// <summary>The wire's rate limits as ours. Values only; <see cref="RateLimitValidator"/> says whether they make sense.</summary>
internal static class RateLimitReader
{
    public static RateLimitConfig Read(Wire.RateLimit message) => new(
        message.Name,
        [.. message.Services],
        [.. message.Matches.Select(SnapshotReader.Read)],
        Read(message.Total),
        Read(message.Identity),
        // Without a rate it is one that the validator refuses.
        [.. message.Overrides.Select(o => new RateOverride(Read(o.Rate) ?? new(0, 0), [.. o.Clients]))],
        message.Global is { } global ? Read(global) : null);

    private static RateConfig? Read(Wire.Rate? message) => message is null ? null : new(message.RequestsPerSecond, message.Burst);

    private static GlobalRateLimit Read(Wire.GlobalLimit message) => new(
        Read(message.Rate) ?? new(0, 0),
        [.. message.Key.Select(p => new LimitKeyPart((LimitKeySource)p.Source, p.Name))],
        message.FailClosed ? LimitFailureMode.Closed : LimitFailureMode.Open,
        TimeSpan.FromMilliseconds(message.TimeoutMillis));
}
