using MeshInsight.Collector.Meters;

namespace MeshInsight.Collector.Detect;

/// <summary>
/// Open seconds and when they close. Second s closes once s + 1 + lateness has passed, in order and without gaps, so that silence is a window too; a span for
/// a closed second opens a further window of it, closed at the next turn. Not thread-safe.
/// </summary>
internal sealed class WindowTable
{
    /// <summary>Beyond such a gap (a suspended machine) the clock is followed without closing every second between.</summary>
    private const long LongestGapSeconds = 60;

    private readonly WindowOptions _options;
    private readonly CellPool _pool;
    private readonly Action<SecondWindow> _closing;
    private readonly Dictionary<long, SecondWindow> _open = [];
    private readonly Stack<SecondWindow> _free = new();
    private readonly MeterCell _firstWindows;
    private readonly MeterCell _stragglerWindows;
    private readonly MeterCell _moved;
    private SecondWindow? _latest;

    /// <summary>Seconds below this are closed.</summary>
    private long _nextSecond;

    public WindowTable(WindowOptions options, CellPool pool, long nowUnixNanos, CollectorMeters meters, Action<SecondWindow> closing)
    {
        _options = options;
        _pool = pool;
        _closing = closing;
        _nextSecond = LastEnded(nowUnixNanos) + 1;
        _firstWindows = meters[MeterTable.Windows, "first"];
        _stragglerWindows = meters[MeterTable.Windows, "straggler"];
        _moved = meters[MeterTable.MovedSpans];
    }

    /// <summary>The window of the second in which something ended. A time ahead of the clock counts now: no window may wait for the future.</summary>
    public SecondWindow At(long endUnixNano, long nowUnixNanos)
    {
        long second = endUnixNano / 1_000_000_000;
        long now = nowUnixNanos / 1_000_000_000;
        if (second > now + 1)
        {
            second = now;
            _moved.Add(1);
        }

        return OfSecond(second);
    }

    public SecondWindow OfSecond(long second)
    {
        if (_latest is { } latest && latest.Second == second)
        {
            return latest;
        }

        if (!_open.TryGetValue(second, out var window))
        {
            if (_open.Count >= _options.MaxOpenSeconds)
            {
                CloseEarly(_open[_open.Keys.Min()]);
            }

            window = _free.TryPop(out var free) ? free : new(_pool);
            window.Second = second;
            window.IsStraggler = second < _nextSecond;
            _open.Add(second, window);
        }

        return _latest = window;
    }

    /// <summary>The newest second that is complete but for stragglers.</summary>
    public long LastEnded(long nowUnixNanos) => ((nowUnixNanos - (_options.Lateness.Ticks * 100)) / 1_000_000_000) - 1;

    /// <summary>True when <see cref="CloseEnded"/> would close a second.</summary>
    public bool HasEnded(long nowUnixNanos) => LastEnded(nowUnixNanos) >= _nextSecond;

    /// <summary>Closes the stragglers that came since the last turn, then every second that ended, oldest first.</summary>
    public void CloseEnded(long nowUnixNanos)
    {
        long last = LastEnded(nowUnixNanos);
        if (last < _nextSecond)
        {
            return;
        }

        if (last - _nextSecond > LongestGapSeconds)
        {
            _nextSecond = last;
        }

        foreach (long second in _open.Keys.Where(s => s < _nextSecond).Order().ToArray())
        {
            Close(_open[second]);
        }

        while (_nextSecond <= last)
        {
            var window = OfSecond(_nextSecond);
            _nextSecond++;
            Close(window);
        }
    }

    /// <summary>Closes every window, ended or not; what comes later for these seconds opens further windows.</summary>
    public void CloseAll()
    {
        foreach (long second in _open.Keys.Order().ToArray())
        {
            CloseEarly(_open[second]);
        }
    }

    /// <summary>Gives every name in the open windows its new number.</summary>
    public void Rename(Func<int, int> rename)
    {
        foreach (var window in _open.Values)
        {
            window.Rename(rename);
        }
    }

    // The second's turn in the order is still to come, so this part of it counts as an addition.
    private void CloseEarly(SecondWindow window)
    {
        window.IsStraggler = true;
        Close(window);
    }

    private void Close(SecondWindow window)
    {
        _open.Remove(window.Second);
        _latest = null;
        (window.IsStraggler ? _stragglerWindows : _firstWindows).Add(1);
        _closing(window);
        window.Clear();
        _free.Push(window);
    }
}
