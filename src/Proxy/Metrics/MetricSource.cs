using System.Buffers;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Export;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Metrics;

/// <summary>The request metrics of <c>/metrics</c> as OTLP every ten seconds: same names, same labels, cumulative since each series' own start.</summary>
internal sealed class MetricSource(RequestMetrics requests, IReadOnlyList<ICountSource> counts, Workload self, TimeProvider time) : IExportSource
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private readonly MetricBatch _batch = new();
    private readonly long _startUnixNanos = UnixTime.Nanos(time.GetUtcNow());
    private long _lastExport = time.GetTimestamp();
    private long _exemplarsSince;
    private bool _isDone;

    public string Method => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

    public bool TryEncode(IBufferWriter<byte> output, ExportDue due, out int items)
    {
        items = 0;
        if (_isDone || (due != ExportDue.Last && time.GetElapsedTime(_lastExport) < Every))
        {
            return false;
        }

        _lastExport = time.GetTimestamp();
        _isDone = due == ExportDue.Last;
        Fill(requests.Requests.Read(), requests.Edges.Read());
        items = _batch.PointCount;
        if (items == 0)
        {
            return false;
        }

        OtlpMetrics.Encode(_batch, output);
        return true;
    }

    // The next export carries the sums again, so a lost one is no loss.
    public void CountSent(int items)
    {
    }

    public void CountDropped(int items, DropReason reason)
    {
    }

    private void Fill(List<RequestSeries> series, List<EdgeSeries> edges)
    {
        _batch.Clear();
        TelemetrySource.Add(_batch, self);
        // Before the numbers are read: what comes meanwhile goes with the next export.
        long now = UnixTime.Nanos(time.GetUtcNow());
        Sums(MetricTable.Requests, series, s => s.Requests);
        Histograms(MetricTable.Duration, series, s => s.DurationMicros);
        Histograms(MetricTable.RequestBytes, series, s => s.RequestBytes);
        Histograms(MetricTable.ResponseBytes, series, s => s.ResponseBytes);
        var grpc = series.FindAll(s => s.Key.IsGrpc);
        Sums(MetricTable.RequestMessages, grpc, s => s.RequestMessages);
        Sums(MetricTable.ResponseMessages, grpc, s => s.ResponseMessages);
        int metric = Metric(MetricTable.EdgeRequests, MetricKind.Sum, edges.Count);
        edges.ForEach(e => _batch.Numbers.Add(new(Point(metric, e, EdgeLabels.Of(e.Key, self)), IsInt: true, e.Count, 0)));
        metric = Metric(MetricTable.EdgeTime, MetricKind.Sum, edges.Count);
        foreach (var edge in edges)
        {
            for (int part = 0; part < EdgeSeries.Parts; part++)
            {
                _batch.Numbers.Add(new(Point(metric, edge, EdgeLabels.Of(edge.Key, self, part)), IsInt: false, 0, edge.Seconds(part)));
            }
        }

        Connections(requests.Connections.Read());
        Counts();
        _exemplarsSince = now;
    }

    private void Connections(List<TcpSeries> series)
    {
        foreach (var (info, value) in TcpMetrics.Families)
        {
            int metric = Metric(info, MetricKind.Sum, series.Count);
            series.ForEach(s => _batch.Numbers.Add(new(Point(metric, s, IstioLabels.Of(s.Key, self)), IsInt: true, value(s), 0)));
        }
    }

    private void Counts()
    {
        foreach (var source in counts)
        {
            var points = source.Read().ToList();
            int metric = Metric(source.Info, MetricKind.Sum, points.Count);
            points.ForEach(p => _batch.Numbers.Add(new(Point(metric, _startUnixNanos, p.Labels), IsInt: true, p.Count, 0)));
        }
    }

    private void Sums(MetricInfo info, List<RequestSeries> series, Func<RequestSeries, long> value)
    {
        int metric = Metric(info, MetricKind.Sum, series.Count);
        series.ForEach(s => _batch.Numbers.Add(new(Point(metric, s, IstioLabels.Of(s.Key, self)), IsInt: true, value(s), 0)));
    }

    private void Histograms(MetricInfo info, List<RequestSeries> series, Func<RequestSeries, FixedHistogram> histogram)
    {
        int metric = Metric(info, MetricKind.Histogram, series.Count);
        foreach (var one in series)
        {
            var source = histogram(one);
            int buckets = _batch.Counts.Count;
            ulong count = 0;
            for (int bucket = 0; bucket <= FixedHistogram.UpperBounds.Length; bucket++)
            {
                ulong inBucket = (ulong)source.CountOf(bucket);
                count += inBucket;
                _batch.Counts.Add(inBucket);
            }

            int bounds = _batch.Doubles.Count;
            _batch.Doubles.AddRange(FixedHistogram.UpperBounds);
            _batch.Histograms.Add(new(
                Point(metric, one, IstioLabels.Of(one.Key, self)) with { Exemplars = Exemplars(source) }, count, source.Sum, double.NaN, double.NaN, new(buckets, FixedHistogram.UpperBounds.Length + 1), new(bounds, FixedHistogram.UpperBounds.Length)));
        }
    }

    // A metric without points would be an empty one on the wire.
    private int Metric(MetricInfo info, MetricKind kind, int points)
    {
        if (points > 0)
        {
            _batch.Metrics.Add(new(
                _batch.Symbols.Add(info.Name), _batch.Symbols.Add(info.Description), _batch.Symbols.Add(info.Unit), kind, Temporality.Cumulative, kind == MetricKind.Sum, 0, 0));
        }

        return _batch.Metrics.Count - 1;
    }

    // Each one once: those drawn since the export before.
    private RowRange Exemplars(FixedHistogram histogram)
    {
        int first = _batch.Exemplars.Count;
        for (int bucket = 0; bucket <= FixedHistogram.UpperBounds.Length; bucket++)
        {
            if (histogram.TryGetExemplar(bucket, out var exemplar, out double value) && exemplar.UnixNanos > _exemplarsSince)
            {
                _batch.Exemplars.Add(new(exemplar.UnixNanos, value, exemplar.TraceId, exemplar.SpanId, default));
            }
        }

        return new(first, _batch.Exemplars.Count - first);
    }

    private PointRow Point(int metric, Series series, IEnumerable<KeyValuePair<string, string>> labels) => Point(metric, series.StartUnixNanos, labels);

    private PointRow Point(int metric, long startUnixNanos, IEnumerable<KeyValuePair<string, string>> labels)
    {
        int first = _batch.Attributes.Count;
        if (ReferenceEquals(labels, OverflowLabels.All))
        {
            _batch.Attributes.AddBool(_batch.Symbols.Add(OverflowLabels.Attribute), true);
        }
        else
        {
            foreach (var (name, value) in labels)
            {
                _batch.Attributes.AddText(name, value);
            }
        }

        return new(metric, startUnixNanos, UnixTime.Nanos(time.GetUtcNow()), 0, new(first, _batch.Attributes.Count - first), default);
    }
}
