using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>The <c>overload</c> of a TrafficPolicy. The defaults of <c>adaptiveConcurrency</c> are those of Envoy's filter of that name.</summary>
internal static class OverloadFields
{
    public static OverloadConfig Read(FieldReader reader)
    {
        var overload = new OverloadConfig(
            reader.Integer("maxRequests", 1, int.MaxValue, 0),
            reader.Map("adaptiveConcurrency") is { } adaptive ? ReadAdaptive(adaptive) : null,
            reader.Integer("maxPendingRequests", 0, 100_000, 1024),
            reader.PositiveDuration("maxWait", TimeSpan.FromMilliseconds(100)));
        if (!reader.Has("maxRequests") && !reader.Has("adaptiveConcurrency"))
        {
            reader.Problem("maxRequests", "is required where there is no adaptiveConcurrency: without a bound nothing is ever too much. Write one of them; \"adaptiveConcurrency: {}\" learns it.");
        }

        reader.Finish();
        return overload;
    }

    private static AdaptiveConcurrencyConfig ReadAdaptive(FieldReader reader)
    {
        var minRtt = reader.Map("minRtt");
        var adaptive = new AdaptiveConcurrencyConfig(
            reader.Integer("minConcurrency", 1, 100_000, 3),
            reader.Integer("maxConcurrency", 1, 100_000, 1000),
            reader.PositiveDuration("updateInterval", TimeSpan.FromMilliseconds(100)),
            reader.Integer("bufferPercent", 0, 1000, 25),
            minRtt?.PositiveDuration("interval", TimeSpan.FromSeconds(60)) ?? TimeSpan.FromSeconds(60),
            minRtt?.Integer("requests", 10, 10_000, 50) ?? 50,
            minRtt?.Integer("jitterPercent", 0, 100, 15) ?? 15);
        if (adaptive.MinConcurrency > adaptive.MaxConcurrency)
        {
            reader.Problem("minConcurrency", $"is {adaptive.MinConcurrency}, more than maxConcurrency ({adaptive.MaxConcurrency}).");
        }

        minRtt?.Finish();
        reader.Finish();
        return adaptive;
    }
}
