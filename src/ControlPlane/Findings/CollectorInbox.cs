using MeshInsight.Contracts.Findings;
using MeshInsight.Findings.V1;

namespace MeshInsight.ControlPlane.Findings;

/// <summary>Where reports of collectors arrive and the loop reads them. Thread-safe: one lock over the books.</summary>
internal sealed class CollectorInbox(TimeProvider clock)
{
    private static readonly TimeSpan CollectorAlive = TimeSpan.FromSeconds(5);

    /// <summary>With several collectors: how long the ones that are late are waited for, so that a second is judged whole.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private const int MaxCollectors = 256;

    private readonly Lock _lock = new();
    private readonly WindowBook _windows = new();
    private readonly FindingBook _findings = new();
    private readonly Dictionary<string, Collector> _collectors = [];
    private readonly List<Finding> _news = [];
    private DateTimeOffset? _firstUntaken;
    private long _refused;

    /// <summary>Raised after a report was taken, on the thread of its stream.</summary>
    public event Action? Arrived;

    /// <summary>Findings that named no condition, and reports of too many collectors.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    public int LiveCollectors
    {
        get
        {
            lock (_lock)
            {
                return LiveLocked().Count();
            }
        }
    }

    /// <returns>False when the report was known already; it is acknowledged all the same.</returns>
    public bool Accept(CollectorReport report)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            if (!TryCollectorLocked(report.CollectorId, out var collector) || !collector.Filter.TryTake(report.Sequence, report.WindowUnixSeconds))
            {
                return false;
            }

            collector.HeardAt = now;
            collector.HasReported = true;
            _firstUntaken ??= now;
            _windows.Add(report, now);
            foreach (var message in report.Findings)
            {
                if (!FindingWire.TryRead(message, out var finding))
                {
                    Interlocked.Increment(ref _refused);
                }
                else if (_findings.Take(finding, now))
                {
                    _news.Add(finding);
                }
            }
        }

        Arrived?.Invoke();
        return true;
    }

    /// <summary>Findings that came or ended since the last call, oldest first.</summary>
    public IReadOnlyList<Finding> TakeNews()
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            _news.AddRange(_findings.Age(now));
            _windows.Age(now);
            List<Finding> news = [.. _news];
            _news.Clear();
            return news;
        }
    }

    public IReadOnlyList<Finding> ActiveFindings()
    {
        lock (_lock)
        {
            return [.. _findings.Active];
        }
    }

    /// <summary>Runs <paramref name="read"/> over the windows once a second is complete: when every live collector has reported, or the late ones were waited for.</summary>
    /// <returns>False when there is nothing to read yet.</returns>
    public bool TryReadSecond(Action<WindowBook> read)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            if (_firstUntaken is not { } first || (LiveLocked().Any(c => !c.HasReported) && now - first < Patience))
            {
                return false;
            }

            _firstUntaken = null;
            foreach (var collector in _collectors.Values)
            {
                collector.HasReported = false;
            }

            read(_windows);
            return true;
        }
    }

    public T Read<T>(Func<WindowBook, T> read)
    {
        lock (_lock)
        {
            return read(_windows);
        }
    }

    private IEnumerable<Collector> LiveLocked()
    {
        var now = clock.GetUtcNow();
        return _collectors.Values.Where(c => now - c.HeardAt < CollectorAlive);
    }

    private bool TryCollectorLocked(string id, out Collector collector)
    {
        if (_collectors.TryGetValue(id, out collector!))
        {
            return true;
        }

        if (_collectors.Count >= MaxCollectors)
        {
            var live = LiveLocked().ToHashSet();
            foreach (string gone in _collectors.Where(c => !live.Contains(c.Value)).Select(c => c.Key).ToList())
            {
                _collectors.Remove(gone);
            }
        }

        if (id.Length == 0 || _collectors.Count >= MaxCollectors)
        {
            Interlocked.Increment(ref _refused);
            return false;
        }

        _collectors[id] = collector = new Collector();
        return true;
    }

    private sealed class Collector
    {
        public SequenceFilter Filter { get; } = new();

        public DateTimeOffset HeardAt { get; set; }

        public bool HasReported { get; set; }
    }
}
