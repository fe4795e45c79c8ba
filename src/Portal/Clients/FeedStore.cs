namespace MeshInsight.Portal.Clients;

/// <summary>The feeds in use, by name; at most <see cref="Capacity"/>, the idle ones make room first.</summary>
internal sealed class FeedStore(TimeProvider clock)
{
    public const int Capacity = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, IFeed> _feeds = [];

    /// <exception cref="InvalidOperationException">All places are taken by feeds that someone watches.</exception>
    public Feed<T> Get<T>(string name, TimeSpan interval, Func<CancellationToken, Task<T>> fetch)
    {
        lock (_lock)
        {
            if (_feeds.TryGetValue(name, out var known))
            {
                return (Feed<T>)known;
            }

            MakeRoomLocked();
            var feed = new Feed<T>(fetch, interval, clock);
            _feeds[name] = feed;
            return feed;
        }
    }

    /// <summary>Polls the feeds whose name begins so at once.</summary>
    public void Refresh(string prefix)
    {
        lock (_lock)
        {
            foreach (var (name, feed) in _feeds)
            {
                if (name.StartsWith(prefix, StringComparison.Ordinal))
                {
                    feed.Refresh();
                }
            }
        }
    }

    private void MakeRoomLocked()
    {
        if (_feeds.Count < Capacity)
        {
            return;
        }

        foreach (string idle in _feeds.Where(f => f.Value.IsIdle).Select(f => f.Key).ToList())
        {
            _feeds.Remove(idle);
        }

        if (_feeds.Count >= Capacity)
        {
            throw new InvalidOperationException($"{Capacity} different live views are open at once; close some browser tabs.");
        }
    }
}
