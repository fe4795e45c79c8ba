using MeshInsight.Proxy.Limit;
using MeshInsight.Proxy.Observe;

namespace MeshInsight.Proxy;

/// <summary>What the rate limits in force have refused, and how many callers they tell apart.</summary>
internal sealed class LimitMetrics(CurrentLimits current) : IMetricPart
{
    public void Render(PrometheusText text)
    {
        var limits = current.Limits?.All ?? [];
        Family(text, MetricTable.RateLimited);
        foreach (var limit in limits)
        {
            foreach (var reason in LimitCounts.Reasons)
            {
                text.Sample(MetricTable.RateLimited.Name, Labels(limit, new KeyValuePair<string, string>("reason", Name(reason))), limit.Counts.Of(reason));
            }
        }

        Family(text, MetricTable.RateLimitIdentities);
        foreach (var limit in limits)
        {
            text.Sample(MetricTable.RateLimitIdentities.Name, Labels(limit), limit.Identities);
        }

        Family(text, MetricTable.RateLimitCrowded);
        foreach (var limit in limits)
        {
            text.Sample(MetricTable.RateLimitCrowded.Name, Labels(limit), limit.Crowded);
        }
    }

    private static void Family(PrometheusText text, MetricInfo info) => text.Family(info.Name, info.PrometheusType, info.Description);

    private static string Labels(CompiledLimit limit, params KeyValuePair<string, string>[] more) =>
        PrometheusText.Labels([new("rate_limit", limit.Config.Name), .. more]);

    private static string Name(LimitReason reason) => reason switch
    {
        LimitReason.Total => "total",
        LimitReason.Identity => "identity",
        _ => "override",
    };
}
