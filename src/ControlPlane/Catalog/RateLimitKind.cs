using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>RateLimit: the fields of Linkerd's HTTPLocalRateLimitPolicy, with a burst for each rate, matches as in an HTTPRoute, and a limit over all sidecars.</summary>
internal sealed class RateLimitKind : IResourceKind
{
    private const int MaxOverrides = 64;
    private const int MaxBurst = 1_000_000;
    private const double LowestRate = 0.001;

    public string Kind => "RateLimit";

    public string ApiVersion => "meshinsight.io/v1";

    public object Read(string name, FieldReader spec)
    {
        var limit = new RateLimitConfig(
            name,
            TargetRefs.Read(spec),
            HttpRouteMatches.Read(spec),
            ReadRate(spec, "total"),
            ReadRate(spec, "identity"),
            [.. spec.Maps("overrides", MaxOverrides).Select(ReadOverride)],
            spec.Map("global") is { } global ? GlobalLimitFields.Read(global) : null);
        Check(limit, spec);
        return limit;
    }

    /// <summary>The fields of a rate that stand in the reader's own mapping.</summary>
    public static RateConfig ReadRate(FieldReader reader)
    {
        double rate = reader.Number("requestsPerSecond", LowestRate, RateConfig.Highest, 1);
        if (!reader.Has("requestsPerSecond"))
        {
            reader.Problem("requestsPerSecond", "is required.");
        }

        // A second's worth, as Linkerd has it.
        return new(rate, reader.Integer("burst", 1, MaxBurst, (int)Math.Max(1, Math.Ceiling(rate))));
    }

    private static RateConfig? ReadRate(FieldReader spec, string field)
    {
        if (spec.Map(field) is not { } reader)
        {
            return null;
        }

        var rate = ReadRate(reader);
        reader.Finish();
        return rate;
    }

    private static RateOverride ReadOverride(FieldReader reader)
    {
        var rate = new RateOverride(ReadRate(reader), TargetRefs.Read(reader, "clientRefs", required: true));
        reader.Finish();
        return rate;
    }

    private static void Check(RateLimitConfig limit, FieldReader spec)
    {
        if (limit is { Total: null, Identity: null, Overrides.Count: 0, Global: null })
        {
            spec.Problem("total", "or identity or overrides or global is required; without one nothing is limited.");
        }

        // What could never be reached was meant otherwise (Linkerd refuses it too).
        if (limit.Total is { } total)
        {
            if (limit.Identity is { } identity && identity.RequestsPerSecond > total.RequestsPerSecond)
            {
                spec.Problem("identity", "has a requestsPerSecond above that of total, which holds for all callers together.");
            }

            foreach (var (each, index) in limit.Overrides.Select((o, i) => (o, i)).Where(o => o.o.Rate.RequestsPerSecond > total.RequestsPerSecond))
            {
                spec.Problem($"overrides[{index}]", "has a requestsPerSecond above that of total, which holds for all callers together.");
            }
        }

        foreach (string twice in limit.Overrides.SelectMany(o => o.Clients).GroupBy(c => c).Where(g => g.Count() > 1).Select(g => g.Key))
        {
            spec.Problem("overrides", $"names \"{twice}\" more than once.");
        }
    }
}
