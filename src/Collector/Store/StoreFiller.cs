using MeshInsight.Collector.Detect;
using MeshInsight.Collector.Receive;
using MeshInsight.Collector.Sample;
using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage;
using MeshInsight.Storage.Client;

namespace MeshInsight.Collector.Store;

/// <summary>
/// Collects what is kept until it is worth an insert, then hands it to the sender as blocks. Dropping happens by not calling <see cref="Add(ReceivedBatch, int, in SampleDecision)"/>.
/// Not thread-safe; the pipeline's thread.
/// </summary>
internal sealed class StoreFiller(StoreOptions options, StoreSender sender, BatchMerger<LogBatch> logs, BatchMerger<MetricBatch> metrics, long nowNanos)
{
    private const int RowBytes = 600;
    private const int KeptBuffers = 4;

    private readonly System.Collections.Concurrent.ConcurrentBag<SpanBuffer> _free = [];
    private readonly SeriesBuffer _series = new();
    private SpanBuffer _spans = new();
    private long _flushedNanos = nowNanos;

    public void Add(ReceivedBatch batch, int row, in SampleDecision decision)
    {
        _spans.Add(batch, row, decision);
        if (_spans.Spans.Count >= options.RowsPerInsert)
        {
            SealSpans();
        }
    }

    public void Add(SampledTrace trace) => _series.Add(trace);

    public void Add(ClosedWindow window) => _series.Add(window);

    public void Add(IReadOnlyList<Finding> findings) => sender.AddFindings(findings);

    /// <summary>Sends on what has waited long enough or is large enough. Call some times a second.</summary>
    public void Advance(long nowNanos)
    {
        var every = sender.IsAway ? options.FlushEveryWhileAway : options.FlushEvery;
        if (nowNanos - _flushedNanos >= every.Ticks * 100)
        {
            _flushedNanos = nowNanos;
            Flush();
        }
        else if (sender.HasRoom)
        {
            TakeMerged(options.RowsPerInsert);
        }
    }

    /// <summary>Sends on everything.</summary>
    public void Flush()
    {
        SealSpans();
        Seal(TelemetryStore.Red(_series.TakeRed()));
        Seal(TelemetryStore.Edges(_series.TakeEdges()));
        Seal(TelemetryStore.EdgeTimes(_series.TakeEdgeTimes()));
        Seal(TelemetryStore.Traces(_series.TakeTraces()));
        TakeMerged(leastItems: 1);
    }

    private void TakeMerged(int leastItems)
    {
        foreach (var batch in logs.Take(leastItems))
        {
            Seal(TelemetryStore.Logs(batch), BatchSize.Of(batch), () => logs.Return(batch));
        }

        foreach (var batch in metrics.Take(leastItems))
        {
            var inserts = TelemetryStore.Metrics(batch).ToList();
            int left = inserts.Count;
            foreach (var insert in inserts)
            {
                Seal(insert, BatchSize.Of(batch) / inserts.Count, () =>
                {
                    if (Interlocked.Decrement(ref left) == 0)
                    {
                        metrics.Return(batch);
                    }
                });
            }
        }
    }

    private void SealSpans()
    {
        if (_spans.Spans.Count == 0)
        {
            return;
        }

        var full = _spans;
        _spans = _free.TryTake(out var free) ? free : new();
        Seal(TelemetryStore.Spans(full.Spans, full.Scores), BatchSize.Of(full.Spans), () =>
        {
            if (_free.Count < KeptBuffers)
            {
                full.Clear();
                _free.Add(full);
            }
        });
    }

    private void Seal(TableInsert insert, long? sizeBytes = null, Action? done = null)
    {
        if (insert.Rows > 0)
        {
            sender.Add(insert, sizeBytes ?? (insert.Rows * RowBytes), done ?? (static () => { }));
        }
    }
}
