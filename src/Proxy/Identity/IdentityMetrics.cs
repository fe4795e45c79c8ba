using MeshInsight.Proxy.Metrics;

namespace MeshInsight.Proxy.Identity;

/// <summary>The certificate and the handshakes made with it; the first under Linkerd's name.</summary>
/// <param name="identity">Null where mutual TLS is off.</param>
internal sealed class IdentityMetrics(IdentityState? identity) : IMetricPart
{
    public void Render(PrometheusText text)
    {
        text.Single(MetricTable.CertificateEnd, identity?.Current?.NotAfter.ToUnixTimeSeconds() ?? 0);
        text.Single(MetricTable.Handshakes, identity?.Handshakes ?? 0);
        text.Single(MetricTable.HandshakesRefused, identity?.RefusedHandshakes ?? 0);
    }
}
