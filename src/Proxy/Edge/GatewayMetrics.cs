using MeshInsight.Proxy.Metrics;

namespace MeshInsight.Proxy.Edge;

/// <summary>When the certificates end that a gateway shows to clients; what nobody renews would end the way in.</summary>
internal sealed class GatewayMetrics(CertificateStore certificates) : IMetricPart
{
    public void Render(PrometheusText text)
    {
        var info = MetricTable.GatewayCertificateEnd;
        text.Family(info);
        foreach (var state in certificates.All.OrderBy(c => c.Name, StringComparer.Ordinal))
        {
            double end = state.Certificate is { } certificate ? new DateTimeOffset(certificate.Leaf.NotAfter).ToUnixTimeSeconds() : 0;
            text.Sample(info.Name, PrometheusText.Labels([new("certificate", state.Name)]), end);
        }
    }
}
