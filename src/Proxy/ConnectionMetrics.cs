using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Metrics;

namespace MeshInsight.Proxy;

/// <summary>Connections that clients lost for what they did.</summary>
internal sealed class ConnectionMetrics(ClosedConnections closed) : IMetricPart
{
    private static readonly (ListenerSide Side, string Label)[] Sides =
    [
        (ListenerSide.Inbound, "inbound"), (ListenerSide.Outbound, "outbound"), (ListenerSide.Admin, "admin"),
        (ListenerSide.Gateway, "gateway"), (ListenerSide.CapturedInbound, "captured_inbound"), (ListenerSide.CapturedOutbound, "captured_outbound"),
    ];

    private static readonly (CloseReason Reason, string Label)[] Reasons =
    [
        (CloseReason.PrematureResets, "premature_resets"), (CloseReason.TooManyConnections, "too_many_connections"), (CloseReason.FirstBytesTimeout, "first_bytes_timeout"),
    ];

    public void Render(PrometheusText text)
    {
        var info = MetricTable.ConnectionsClosed;
        text.Family(info);
        foreach (var (side, sideLabel) in Sides)
        {
            foreach (var (reason, reasonLabel) in Reasons)
            {
                if (closed.Count(side, reason) is > 0 and var count)
                {
                    text.Sample(info.Name, PrometheusText.Labels([new("side", sideLabel), new("reason", reasonLabel)]), count);
                }
            }
        }
    }
}
