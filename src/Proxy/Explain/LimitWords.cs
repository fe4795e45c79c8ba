using MeshInsight.Proxy.Limit;
using MeshInsight.Proxy.Match;

namespace MeshInsight.Proxy.Explain;

/// <summary>What each rate limit said of a request.</summary>
internal static class LimitWords
{
    public static string Of(InboundLimits limits, in RequestHead head, in LimitDecision decision)
    {
        var words = new List<string>();
        bool isRefused = false;
        foreach (var limit in limits.All)
        {
            bool refuses = !decision.IsAllowed && ReferenceEquals(limit, decision.Limit);
            words.Add(refuses ? $"{limit.Config.Name}: refused, {LimitText.Of(decision)}"
                : isRefused ? $"{limit.Config.Name}: not asked"
                : limit.Matches(head) ? $"{limit.Config.Name}: let it pass"
                : $"{limit.Config.Name}: is not for this request");
            isRefused |= refuses;
        }

        return string.Join("; ", words);
    }
}
