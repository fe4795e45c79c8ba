using MeshInsight.Proxy.Metrics;

namespace MeshInsight.Proxy.Mirror;

/// <summary>The comparisons with mirrors on <c>/metrics</c>.</summary>
internal static class MirrorMetrics
{
    public static void Render(PrometheusText text, IReadOnlyList<MirrorSeries> all)
    {
        text.Family(MetricTable.MirrorCopies);
        foreach (var series in all)
        {
            text.Sample(MetricTable.MirrorCopies.Name, Labels(series), series.Copies);
        }

        text.Family(MetricTable.MirrorLost);
        foreach (var series in all)
        {
            foreach (var reason in Enum.GetValues<MirrorLoss>())
            {
                text.Sample(MetricTable.MirrorLost.Name, Labels(series, ("reason", Snake(reason))), series.Lost(reason));
            }
        }

        text.Family(MetricTable.MirrorCompared);
        foreach (var series in all)
        {
            foreach (var (original, copy, count) in series.Pairs())
            {
                text.Sample(MetricTable.MirrorCompared.Name, Labels(series, ("original_status", original), ("copy_status", copy)), count);
            }
        }

        text.Family(MetricTable.MirrorDuration);
        foreach (var series in all)
        {
            text.Histogram(MetricTable.MirrorDuration.Name, Labels(series, ("side", "original")), series.OriginalMicros);
            text.Histogram(MetricTable.MirrorDuration.Name, Labels(series, ("side", "copy")), series.CopyMicros);
        }
    }

    private static string Labels(MirrorSeries series, params IEnumerable<(string Name, string Value)> more) =>
        PrometheusText.Labels([new("route", series.Route), new("mirror", series.Cluster), .. more.Select(l => KeyValuePair.Create(l.Name, l.Value))]);

    private static string Snake(MirrorLoss reason) => reason switch
    {
        MirrorLoss.Busy => "busy",
        MirrorLoss.NoEndpoint => "no_endpoint",
        MirrorLoss.Slow => "slow",
        _ => "cut",
    };
}
