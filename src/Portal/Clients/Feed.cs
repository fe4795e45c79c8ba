namespace MeshInsight.Portal.Clients;

/// <summary>What a feed knows now. A failure leaves the last good value in place.</summary>
/// <param name="Value">Null (or default) until the first answer.</param>
/// <param name="FailingSince">Null while the last poll succeeded.</param>
public sealed record FeedState<T>(T? Value, bool HasValue, DateTimeOffset At, string Error, DateTimeOffset? FailingSince);

internal interface IFeed
{
    /// <summary>True while nobody watches and the last value has grown old; the store may drop it.</summary>
    bool IsIdle { get; }

    /// <summary>Polls now instead of at the next tick.</summary>
    void Refresh();
}

/// <summary>
/// One data set, polled once for all who watch it: viewers never add queries. Polling starts with the first watcher and stops
/// <see cref="Linger"/> after the last one left, so that a reload finds a warm value. The lock guards the watchers and the state.
/// </summary>
internal sealed class Feed<T>(Func<CancellationToken, Task<T>> fetch, TimeSpan interval, TimeProvider clock) : IFeed
{
    public static readonly TimeSpan Linger = TimeSpan.FromSeconds(15);
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly List<Action> _watchers = [];
    private FeedState<T> _state = new(default, false, default, "", null);
    private TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DateTimeOffset _watchedUntil = clock.GetUtcNow();
    private bool _polling;

    public FeedState<T> State
    {
        get
        {
            lock (_lock)
            {
                return _state;
            }
        }
    }

    public bool IsIdle
    {
        get
        {
            lock (_lock)
            {
                return !_polling;
            }
        }
    }

    public IDisposable Watch(Action changed)
    {
        lock (_lock)
        {
            _watchers.Add(changed);
            if (!_polling)
            {
                _polling = true;
                _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
                _ = Task.Run(PollAsync);
            }
        }

        return new Watcher(this, changed);
    }

    /// <summary>Ends with the first answer (good or bad) after the polling began.</summary>
    public Task AnsweredAsync()
    {
        lock (_lock)
        {
            return _answered.Task;
        }
    }

    public void Refresh()
    {
        lock (_lock)
        {
            _wake.TrySetResult();
        }
    }

    private async Task PollAsync()
    {
        while (MayContinue())
        {
            var state = await FetchAsync();
            Action[] watchers;
            lock (_lock)
            {
                _state = state;
                watchers = [.. _watchers];
                _answered.TrySetResult();
            }

            Array.ForEach(watchers, w => w());
            await WaitAsync();
        }
    }

    private bool MayContinue()
    {
        lock (_lock)
        {
            _polling = _watchers.Count > 0 || clock.GetUtcNow() < _watchedUntil + Linger;
            return _polling;
        }
    }

    private async Task<FeedState<T>> FetchAsync()
    {
        using var limit = new CancellationTokenSource(Patience, clock);
        try
        {
            return new FeedState<T>(await fetch(limit.Token), true, clock.GetUtcNow(), "", null);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Whatever went wrong belongs on the page that shows this data, next to what still works; the next tick tries again.
            var now = clock.GetUtcNow();
            return State with { Error = FailureText.Of(failure), FailingSince = State.FailingSince ?? now };
        }
    }

    private async Task WaitAsync()
    {
        Task wake;
        lock (_lock)
        {
            wake = _wake.Task;
        }

        using var stop = new CancellationTokenSource();
        await Task.WhenAny(wake, Task.Delay(interval, clock, stop.Token));
        await stop.CancelAsync();
        lock (_lock)
        {
            if (_wake.Task.IsCompleted)
            {
                _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    private void Leave(Action changed)
    {
        lock (_lock)
        {
            _watchers.Remove(changed);
            _watchedUntil = clock.GetUtcNow();
        }
    }

    private sealed class Watcher(Feed<T> feed, Action changed) : IDisposable
    {
        private Action? _changed = changed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _changed, null) is { } watcher)
            {
                feed.Leave(watcher);
            }
        }
    }
}
