using System.Diagnostics;
using MeshInsight.Proxy.Export;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Metrics;

/// <summary>Renders <c>/metrics</c>.</summary>
internal sealed class MetricsPage(RequestMetrics requests, TelemetryCounters counters, Workload self, Func<long> snapshotVersion, Func<bool> isConnected, params IMetricPart[] others)
{
    /// <param name="isOpenMetrics">Whether the scraper asked for OpenMetrics.</param>
    public string Render(bool isOpenMetrics = false)
    {
        var text = new PrometheusText(isOpenMetrics);
        var series = requests.Requests.Read().Select(s => (Series: s, Labels: PrometheusText.Labels(IstioLabels.Of(s.Key, self)))).OrderBy(s => s.Labels, StringComparer.Ordinal).ToList();
        text.Family(MetricTable.Requests);
        series.ForEach(s => text.Sample(MetricTable.Requests.Name, s.Labels, s.Series.Requests));
        Histograms(text, MetricTable.Duration, series, s => s.DurationMicros);
        Histograms(text, MetricTable.RequestBytes, series, s => s.RequestBytes);
        Histograms(text, MetricTable.ResponseBytes, series, s => s.ResponseBytes);
        var grpc = series.FindAll(s => s.Series.Key.IsGrpc);
        text.Family(MetricTable.RequestMessages);
        grpc.ForEach(s => text.Sample(MetricTable.RequestMessages.Name, s.Labels, s.Series.RequestMessages));
        text.Family(MetricTable.ResponseMessages);
        grpc.ForEach(s => text.Sample(MetricTable.ResponseMessages.Name, s.Labels, s.Series.ResponseMessages));
        RenderEdges(text);
        foreach (var other in others)
        {
            other.Render(text);
        }

        RenderSelf(text);
        return text.ToString();
    }

    private static void Histograms(PrometheusText text, MetricInfo info, List<(RequestSeries Series, string Labels)> series, Func<RequestSeries, FixedHistogram> histogram)
    {
        text.Family(info);
        series.ForEach(s => text.Histogram(info.Name, s.Labels, histogram(s.Series)));
    }

    private static void Drops(PrometheusText text, MetricInfo info, Func<DropReason, long> count)
    {
        text.Family(info);
        foreach (var reason in TelemetryCounters.Reasons)
        {
            text.Sample(info.Name, PrometheusText.Labels([new("reason", Snake(reason))]), count(reason));
        }
    }

    private static string Snake(DropReason reason) => reason switch
    {
        DropReason.QueueFull => "queue_full",
        DropReason.RetryBufferFull => "retry_buffer_full",
        DropReason.Refused => "refused",
        _ => "stopped",
    };

    private void RenderEdges(PrometheusText text)
    {
        var edges = requests.Edges.Read().OrderBy(e => e.Key.Service, StringComparer.Ordinal).ThenBy(e => e.Key.Version, StringComparer.Ordinal).ToList();
        text.Family(MetricTable.EdgeRequests);
        edges.ForEach(e => text.Sample(MetricTable.EdgeRequests.Name, PrometheusText.Labels(EdgeLabels.Of(e.Key, self)), e.Count));
        text.Family(MetricTable.EdgeTime);
        foreach (var edge in edges)
        {
            for (int part = 0; part < EdgeSeries.Parts; part++)
            {
                text.Sample(MetricTable.EdgeTime.Name, PrometheusText.Labels(EdgeLabels.Of(edge.Key, self, part)), edge.Seconds(part));
            }
        }

        text.Single(MetricTable.SeriesHeld, requests.Requests.Count + requests.Edges.Count + requests.Connections.Count);
        text.Single(MetricTable.SeriesExpired, requests.Requests.Expired + requests.Edges.Expired + requests.Connections.Expired);
        text.Single(MetricTable.SeriesOverflow, requests.Requests.Overflowed + requests.Edges.Overflowed + requests.Connections.Overflowed);
    }

    private void RenderSelf(PrometheusText text)
    {
        text.Single(MetricTable.SnapshotVersion, snapshotVersion());
        text.Single(MetricTable.ControlConnected, isConnected() ? 1 : 0);
        text.Single(MetricTable.SpansSent, counters.SpansSent);
        Drops(text, MetricTable.SpansDropped, counters.SpansDropped);
        text.Single(MetricTable.LogsSent, counters.LogsSent);
        Drops(text, MetricTable.LogsDropped, counters.LogsDropped);
        text.Single(MetricTable.SendFailures, counters.SendFailures);
        using var process = Process.GetCurrentProcess();
        text.Single(MetricTable.ProcessCpu, process.TotalProcessorTime.TotalSeconds);
        text.Single(MetricTable.ProcessMemory, process.WorkingSet64);
        text.Single(MetricTable.Allocated, GC.GetTotalAllocatedBytes());
        var heap = GC.GetGCMemoryInfo();
        text.Single(MetricTable.HeapSize, heap.HeapSizeBytes);
        text.Single(MetricTable.HeapCommitted, heap.TotalCommittedBytes);
    }
}
