using System.Globalization;

namespace MeshInsight.Proxy.Limit;

/// <summary>A refusal in words for the caller and the log.</summary>
internal static class LimitText
{
    public static string Of(in LimitDecision decision)
    {
        string rate = decision.Rate!.RequestsPerSecond.ToString(CultureInfo.InvariantCulture);
        string name = decision.Limit!.Config.Name;
        return decision.Reason switch
        {
            LimitReason.Total => $"RateLimit {name} lets {rate} requests per second through",
            LimitReason.Identity => $"RateLimit {name} lets {rate} requests per second of each caller through",
            LimitReason.Global => $"RateLimit {name} lets {rate} requests per second through, of all sidecars together",
            LimitReason.Away => $"RateLimit {name} lets nothing through while the control plane is away",
            _ => $"RateLimit {name} lets {rate} requests per second of this caller through",
        };
    }
}
