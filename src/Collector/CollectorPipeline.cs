using MeshInsight.Collector.Assemble;
using MeshInsight.Collector.Detect;
using MeshInsight.Collector.Meters;
using MeshInsight.Collector.Receive;
using MeshInsight.Collector.Report;
using MeshInsight.Collector.Sample;
using MeshInsight.Collector.Store;
using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector;

/// <summary>
/// The span path, in order:
/// Receive   decodes requests into columns and queues them; refuses what does not fit, because an acknowledged span is ours to keep.
/// Assemble  brings the spans of a trace together; first, because only a whole trace can be judged.
/// Sample    marks a whole trace keep or drop; after assembly, so that errors and slowness anywhere in it count.
/// Detect    counts every span, kept or not, before anything is dropped; so it takes each batch as it arrives and never waits for a trace.
/// Store     is where dropping happens: what was not marked is simply not copied.
/// Report    comes last: what it tells the control plane is what Detect has closed.
/// One thread runs all of it; the doors before and the senders behind have their own.
/// </summary>
internal sealed class CollectorPipeline
{
    /// <summary>How often time is looked at.</summary>
    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(100);

    /// <summary>Batches taken before time is looked at again, so that a flood does not hold up a window.</summary>
    private const int BatchesPerTurn = 16;

    /// <summary>Detectors and the control plane judge the present; windows that are older only go to the store.</summary>
    private const long RecentSeconds = 60;

    private readonly ReceiveQueue _queue;
    private readonly TimeProvider _clock;
    private readonly TraceTable _traces;
    private readonly TraceSampler _sampler;
    private readonly WindowCloser _windows;
    private readonly FindingDetector _detector;
    private readonly StoreFiller _store;
    private readonly StoreSender _sender;
    private readonly FindingFeed _feed;
    private readonly MeterCell _lateKept;
    private readonly MeterCell _lateDropped;

    public CollectorPipeline(
        CollectorOptions options,
        ReceiveQueue queue,
        BatchMerger<LogBatch> logs,
        BatchMerger<MetricBatch> metrics,
        StoreSender sender,
        FindingFeed feed,
        CollectorMeters meters,
        TimeProvider clock)
    {
        _queue = queue;
        _clock = clock;
        _sender = sender;
        _feed = feed;
        _traces = new(options.Assemble, NowMonotonic(), meters, Decided);
        _sampler = new(options.Sample, meters);
        _windows = new(options.Windows, NowUnixNanos(), meters, Closed);
        _detector = new(options.Detect, meters);
        _store = new(options.Store, sender, logs, metrics, NowMonotonic());
        _lateKept = meters[MeterTable.LateSpans, "kept"];
        _lateDropped = meters[MeterTable.LateSpans, "dropped"];
    }

    /// <summary>Runs until the queue is closed and everything in it has gone through.</summary>
    public async Task RunAsync()
    {
        using var turns = new PeriodicTimer(s_turn, _clock);
        var turn = turns.WaitForNextTickAsync().AsTask();
        var more = _queue.WaitToReadAsync(CancellationToken.None).AsTask();
        bool open = true;
        while (open)
        {
            // While the store has no room nothing is taken in: the queue fills and the doors refuse, but windows go on closing.
            // At the program's end what is in the queue goes through regardless: it is ours.
            await (MayTake ? Task.WhenAny(turn, more) : (Task)turn);
            if (more.IsCompleted && MayTake)
            {
                open = await more;
                Take();
                more = _queue.WaitToReadAsync(CancellationToken.None).AsTask();
            }

            if (turn.IsCompleted)
            {
                Advance();
                turn = turns.WaitForNextTickAsync().AsTask();
            }
        }

        _traces.DecideAll();
        _windows.CloseAll();
        _store.Flush();
    }

    private bool MayTake => _sender.HasRoom || _queue.IsClosed;

    /// <summary>Takes up to a turn's worth of batches.</summary>
    public void Take()
    {
        for (int taken = 0; taken < BatchesPerTurn && _queue.TryRead(out var batch); taken++)
        {
            Take(batch);
        }
    }

    /// <summary>Does what is due by the clock.</summary>
    public void Advance()
    {
        _traces.Advance(NowMonotonic());
        _windows.Advance(NowUnixNanos());
        _store.Advance(NowMonotonic());
    }

    private void Take(ReceivedBatch batch)
    {
        _windows.Count(batch, NowUnixNanos());
        _traces.BeginBatch(batch);
        long now = NowMonotonic();
        for (int row = 0; row < batch.Spans.Count; row++)
        {
            if (!_sampler.TryGetDecision(batch.Spans.TraceIds[row], out var decision))
            {
                _traces.Add(batch, row, now);
            }
            else if (decision.Keep)
            {
                _lateKept.Add(1);
                _store.Add(batch, row, decision);
            }
            else
            {
                _lateDropped.Add(1);
            }
        }

        _traces.EndBatch(batch);
    }

    private void Decided(PendingTrace trace)
    {
        if (_sampler.Decide(trace, NowUnixNanos()) is not { } kept)
        {
            return;
        }

        foreach (var place in trace.Spans)
        {
            _store.Add(place.Batch, place.Row, kept.Decision);
        }

        _store.Add(kept);
        _detector.Note(kept);
    }

    private void Closed(ClosedWindow window)
    {
        var now = _clock.GetUtcNow();
        _store.Add(window);
        bool isRecent = now.ToUnixTimeSeconds() - window.UnixSeconds <= RecentSeconds;
        IReadOnlyList<Finding> findings = [];
        if (!window.IsStraggler)
        {
            findings = _detector.Close(window, now);
            _store.Add(findings);
        }
        else if (isRecent)
        {
            _detector.CountLate(window);
        }

        if (isRecent)
        {
            _feed.Add(FindingMessages.From(window, findings));
        }
    }

    private long NowUnixNanos() => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;

    private long NowMonotonic() => (long)((Int128)_clock.GetTimestamp() * 1_000_000_000 / _clock.TimestampFrequency);
}
