using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>The <c>global</c> part of a RateLimit. Failure mode and timeout as in Envoy's rate limit filter.</summary>
internal static class GlobalLimitFields
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMilliseconds(20);

    private static readonly Dictionary<string, LimitFailureMode> FailureModes = new()
    {
        ["Open"] = LimitFailureMode.Open,
        ["Closed"] = LimitFailureMode.Closed,
    };

    private static readonly Dictionary<string, LimitKeySource> Sources = new()
    {
        ["Identity"] = LimitKeySource.Identity,
        ["Header"] = LimitKeySource.Header,
        ["Route"] = LimitKeySource.Route,
    };

    public static GlobalRateLimit Read(FieldReader reader)
    {
        var rate = RateLimitKind.ReadRate(reader);
        IReadOnlyList<LimitKeyPart> key = [.. reader.Maps("key", GlobalRateLimit.MaxKeyParts).Select(ReadPart)];
        var limit = new GlobalRateLimit(
            rate, key, reader.Choice("failureMode", FailureModes, LimitFailureMode.Open), reader.PositiveDuration("timeout", DefaultTimeout));
        if (key.Distinct().Count() < key.Count)
        {
            reader.Problem("key", "has the same part twice.");
        }

        reader.Finish();
        return limit;
    }

    private static LimitKeyPart ReadPart(FieldReader reader)
    {
        var source = reader.Choice("type", Sources, LimitKeySource.Identity, required: true);
        var part = new LimitKeyPart(source, source == LimitKeySource.Header ? reader.Text("name", required: true).ToLowerInvariant() : "");
        reader.Finish();
        return part;
    }
}
