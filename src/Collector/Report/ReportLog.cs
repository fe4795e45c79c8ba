using MeshInsight.Findings.V1;

namespace MeshInsight.Collector.Report;

/// <summary>Reports that the control plane has not acknowledged, in order. Bounded. Thread-safe.</summary>
internal sealed class ReportLog(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Queue<CollectorReport> _reports = new();
    private TaskCompletionSource _empty = Completed();
    private TaskCompletionSource _added = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ulong _sequence;

    /// <summary>Gives the report its sequence number and keeps it.</summary>
    /// <returns>False when the oldest had to go.</returns>
    public bool Add(CollectorReport report)
    {
        TaskCompletionSource added;
        bool all = true;
        lock (_lock)
        {
            report.Sequence = ++_sequence;
            _reports.Enqueue(report);
            _empty = _empty.Task.IsCompleted ? new(TaskCreationOptions.RunContinuationsAsynchronously) : _empty;
            if (_reports.Count > capacity)
            {
                _reports.Dequeue();
                all = false;
            }

            added = _added;
            _added = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        added.SetResult();
        return all;
    }

    /// <summary>Drops what is acknowledged.</summary>
    public int Acknowledge(ulong sequence)
    {
        int dropped = 0;
        lock (_lock)
        {
            while (_reports.TryPeek(out var oldest) && oldest.Sequence <= sequence)
            {
                _reports.Dequeue();
                dropped++;
            }

            if (_reports.Count == 0)
            {
                _empty.TrySetResult();
            }
        }

        return dropped;
    }

    /// <summary>Ends once everything added so far is acknowledged.</summary>
    public Task EmptyAsync()
    {
        lock (_lock)
        {
            return _empty.Task;
        }
    }

    /// <summary>Waits for a report after <paramref name="sequence"/>.</summary>
    public async Task<CollectorReport> NextAsync(ulong sequence, CancellationToken cancel)
    {
        while (true)
        {
            Task added;
            lock (_lock)
            {
                foreach (var report in _reports)
                {
                    if (report.Sequence > sequence)
                    {
                        return report;
                    }
                }

                added = _added.Task;
            }

            await added.WaitAsync(cancel);
        }
    }

    private static TaskCompletionSource Completed()
    {
        var completed = new TaskCompletionSource();
        completed.SetResult();
        return completed;
    }
}
