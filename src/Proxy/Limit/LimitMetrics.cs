using MeshInsight.Proxy.Metrics;

namespace MeshInsight.Proxy.Limit;

/// <summary>What the rate limits in force have refused, and how many callers they tell apart.</summary>
internal sealed class LimitMetrics(CurrentLimits current) : IMetricPart
{
    public void Render(PrometheusText text)
    {
        var limits = current.Limits?.All ?? [];
        text.Family(MetricTable.RateLimited);
        foreach (var limit in limits)
        {
            foreach (var reason in LimitCounts.Reasons)
            {
                text.Sample(MetricTable.RateLimited.Name, Labels(limit, new KeyValuePair<string, string>("reason", Name(reason))), limit.Counts.Of(reason));
            }
        }

        Each(text, MetricTable.RateLimitIdentities, limits, l => l.Identities);
        Each(text, MetricTable.RateLimitCrowded, limits, l => l.Crowded);
        var global = limits.Where(l => l.Global is not null).ToList();
        Each(text, MetricTable.RateLimitKeys, global, l => l.Global!.Keys);
        Each(text, MetricTable.RateLimitWaits, global, l => l.Counts.Waits);
        Each(text, MetricTable.RateLimitFailedOpen, global, l => l.Counts.FailedOpen);
    }

    private static void Each(PrometheusText text, MetricInfo info, IReadOnlyList<CompiledLimit> limits, Func<CompiledLimit, double> value)
    {
        text.Family(info);
        foreach (var limit in limits)
        {
            text.Sample(info.Name, Labels(limit), value(limit));
        }
    }

    private static string Labels(CompiledLimit limit, params KeyValuePair<string, string>[] more) =>
        PrometheusText.Labels([new("rate_limit", limit.Config.Name), .. more]);

    private static string Name(LimitReason reason) => reason switch
    {
        LimitReason.Total => "total",
        LimitReason.Identity => "identity",
        LimitReason.Override => "override",
        LimitReason.Global => "global",
        _ => "away",
    };
}
