using MeshInsight.Proxy.Metrics;

namespace MeshInsight.Proxy.Capture;

/// <summary>What became of captured connections; a side that is not captured is null.</summary>
internal sealed class CaptureMetrics(CaptureFlow? outbound, CaptureFlow? inbound) : IMetricPart
{
    public void Render(PrometheusText text)
    {
        var sides = new (string Side, CaptureFlow? Flow)[] { ("outbound", outbound), ("inbound", inbound) };
        text.Family(MetricTable.Captured);
        foreach (var (side, flow) in sides)
        {
            if (flow?.Counts is { } counts)
            {
                Sample(text, MetricTable.Captured, side, "as", "http", counts.Http);
                Sample(text, MetricTable.Captured, side, "as", "routed", counts.Routed);
                Sample(text, MetricTable.Captured, side, "as", "bytes", counts.Relayed.Opened);
                Sample(text, MetricTable.Captured, side, "as", "refused", counts.Refused);
                Sample(text, MetricTable.Captured, side, "as", "unreachable", counts.Unreachable);
                Sample(text, MetricTable.Captured, side, "as", "not_redirected", counts.NotRedirected);
            }
        }

        text.Family(MetricTable.CapturedOpen);
        foreach (var (side, flow) in sides)
        {
            if (flow?.Counts.Relayed is { } relayed)
            {
                text.Sample(MetricTable.CapturedOpen.Name, PrometheusText.Labels([new("side", side)]), relayed.Opened - relayed.Closed);
            }
        }

        text.Family(MetricTable.CapturedBytes);
        foreach (var (side, flow) in sides)
        {
            if (flow?.Counts.Relayed is { } relayed)
            {
                Sample(text, MetricTable.CapturedBytes, side, "to", "upstream", relayed.Sent);
                Sample(text, MetricTable.CapturedBytes, side, "to", "client", relayed.Received);
            }
        }
    }

    private static void Sample(PrometheusText text, MetricInfo info, string side, string label, string value, long count) =>
        text.Sample(info.Name, PrometheusText.Labels([new("side", side), new(label, value)]), count);
}
