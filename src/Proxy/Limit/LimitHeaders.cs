using System.Globalization;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Forward;

namespace MeshInsight.Proxy.Limit;

/// <summary>
/// What a refused caller is told beside the status: <c>Retry-After</c> (RFC 9110 section 10.2.3), <c>RateLimit</c> and <c>RateLimit-Policy</c>
/// (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/). Requests that pass are told nothing, as by Envoy's default.
/// </summary>
internal static class LimitHeaders
{
    public static IReadOnlyList<HeaderValue> Of(in LimitDecision decision, long ticksPerSecond)
    {
        // Whole seconds, and never 0: that would ask to come back at once.
        long seconds = Math.Max(1, (decision.Wait + ticksPerSecond - 1) / ticksPerSecond);
        string after = seconds.ToString(CultureInfo.InvariantCulture);
        string name = decision.Limit!.Config.Name;
        var rate = decision.Rate!;
        // The window is the time in which an empty bucket fills.
        long window = Math.Max(1, (long)Math.Ceiling(rate.Burst / rate.RequestsPerSecond));
        HeaderValue[] headers =
        [
            new("Retry-After", after),
            new("RateLimit", $"\"{name}\";r=0;t={after}"),
            new("RateLimit-Policy", string.Create(CultureInfo.InvariantCulture, $"\"{name}\";q={rate.Burst};w={window}")),
        ];
        return decision.Reason is LimitReason.Global or LimitReason.Away ? [.. headers, new(RetryAfterHeader.Everywhere, "true")] : headers;
    }
}
