using MeshInsight.Proxy.Metrics;

namespace MeshInsight.Proxy.Accept;

/// <summary>Connections that clients lost for what they did.</summary>
internal sealed class ConnectionMetrics(ClosedConnections closed) : IMetricPart, ICountSource
{
    private static readonly (ListenerSide Side, string Label)[] Sides =
    [
        (ListenerSide.Inbound, "inbound"), (ListenerSide.Outbound, "outbound"), (ListenerSide.Admin, "admin"),
        (ListenerSide.Gateway, "gateway"), (ListenerSide.CapturedInbound, "captured_inbound"), (ListenerSide.CapturedOutbound, "captured_outbound"),
    ];

    private static readonly (CloseReason Reason, string Label)[] Reasons =
    [
        (CloseReason.PrematureResets, "premature_resets"), (CloseReason.TooManyConnections, "too_many_connections"), (CloseReason.FirstBytesTimeout, "first_bytes_timeout"),
        (CloseReason.TlsHandshakeFailed, "tls_handshake_failed"), (CloseReason.InvalidRequest, "invalid_request"), (CloseReason.HeadersTooLarge, "headers_too_large"),
        (CloseReason.HeadersTimeout, "headers_timeout"), (CloseReason.TooSlow, "too_slow"), (CloseReason.Http2Error, "http2_error"),
    ];

    public MetricInfo Info => MetricTable.ConnectionsClosed;

    public void Render(PrometheusText text)
    {
        text.Family(Info);
        foreach (var (labels, count) in Read())
        {
            text.Sample(Info.Name, PrometheusText.Labels(labels), count);
        }
    }

    public IEnumerable<(IReadOnlyList<KeyValuePair<string, string>> Labels, long Count)> Read()
    {
        foreach (var (side, sideLabel) in Sides)
        {
            foreach (var (reason, reasonLabel) in Reasons)
            {
                if (closed.Count(side, reason) is > 0 and var count)
                {
                    yield return ([new("side", sideLabel), new("reason", reasonLabel)], count);
                }
            }
        }
    }
}
