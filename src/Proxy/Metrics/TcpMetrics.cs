using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Metrics;

/// <summary>Istio's standard metrics of connections; <c>response_flags</c> of closed ones says how they ended.</summary>
internal sealed class TcpMetrics(RequestMetrics metrics, Workload self, Func<int> open) : IMetricPart
{
    /// <summary>What the metric counts of a series.</summary>
    public static readonly IReadOnlyList<(MetricInfo Info, Func<TcpSeries, long> Value)> Families =
    [
        (MetricTable.TcpOpened, s => s.Opened),
        (MetricTable.TcpClosed, s => s.Closed),
        // As Istio has them: received from the client of the proxy, sent to it.
        (MetricTable.TcpReceived, s => s.Bytes.Sent),
        (MetricTable.TcpSent, s => s.Bytes.Received),
    ];

    public void Render(PrometheusText text)
    {
        var series = metrics.Connections.Read().Select(s => (Series: s, Labels: PrometheusText.Labels(IstioLabels.Of(s.Key, self)))).OrderBy(s => s.Labels, StringComparer.Ordinal).ToList();
        foreach (var (info, value) in Families)
        {
            text.Family(info);
            series.ForEach(s => text.Sample(info.Name, s.Labels, value(s.Series)));
        }

        text.Single(MetricTable.RelaysOpen, open());
    }
}
