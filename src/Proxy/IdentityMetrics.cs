using MeshInsight.Proxy.Identity;
using MeshInsight.Proxy.Observe;

namespace MeshInsight.Proxy;

/// <summary>The certificate and the handshakes made with it; the first under Linkerd's name.</summary>
/// <param name="identity">Null where mutual TLS is off.</param>
internal sealed class IdentityMetrics(IdentityState? identity) : IMetricPart
{
    public void Render(PrometheusText text)
    {
        Single(text, MetricTable.CertificateEnd, identity?.Current?.NotAfter.ToUnixTimeSeconds() ?? 0);
        Single(text, MetricTable.Handshakes, identity?.Handshakes ?? 0);
        Single(text, MetricTable.HandshakesRefused, identity?.RefusedHandshakes ?? 0);
    }

    private static void Single(PrometheusText text, MetricInfo info, double value)
    {
        text.Family(info.Name, info.PrometheusType, info.Description);
        text.Sample(info.Name, "", value);
    }
}
