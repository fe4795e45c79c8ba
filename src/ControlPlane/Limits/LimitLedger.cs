using MeshInsight.Contracts.Limits;
using MeshInsight.Contracts.Mesh;
using MeshInsight.ControlPlane.Catalog;

namespace MeshInsight.ControlPlane.Limits;

/// <summary>
/// The buckets of global rate limits, by limit and key. They live in memory: a restart, of which the sidecars notice nothing else, gives each key one more burst.
/// Thread-safe: the lock is taken when the catalog has changed.
/// </summary>
internal sealed class LimitLedger(ResourceCatalog catalog, TimeProvider clock)
{
    /// <summary>Keys of one limit that have a bucket of their own; the rest share one.</summary>
    public const int MaxKeys = 65_536;

    private readonly Lock _lock = new();
    private volatile Book _book = new(CatalogState.Empty, []);

    /// <param name="service">Whose sidecar asks.</param>
    /// <param name="retryAfter">When there will be a token, when none is granted.</param>
    /// <returns>Tokens granted; -1 when no such limit holds for the service.</returns>
    public int Take(string limit, string service, LimitKey key, int wanted, out TimeSpan retryAfter)
    {
        retryAfter = TimeSpan.Zero;
        var book = _book.State == catalog.State ? _book : Renew();
        if (!book.Limits.TryGetValue(limit, out var entry) || (entry.Config.Services.Count > 0 && !entry.Config.Services.Contains(service)))
        {
            return -1;
        }

        int granted = entry.Buckets.Take(key, wanted, clock.GetTimestamp(), out long wait, out _);
        retryAfter = TimeSpan.FromSeconds((double)wait / clock.TimestampFrequency);
        return granted;
    }

    private Book Renew()
    {
        lock (_lock)
        {
            var state = catalog.State;
            if (_book.State != state)
            {
                _book = new(state, state.RateLimits.Where(l => l.Global is not null).ToDictionary(l => l.Name, l => new Entry(l, Keep(l))));
            }

            return _book;
        }
    }

    // A limit whose rate stays goes on with the buckets it has, whatever else changed.
    private BucketTable<LimitKey> Keep(RateLimitConfig config) =>
        _book.Limits.TryGetValue(config.Name, out var known) && known.Buckets.Rate == config.Global!.Rate && known.Config.Global!.Key.SequenceEqual(config.Global.Key)
            ? known.Buckets
            : new(config.Global!.Rate, MaxKeys, clock.TimestampFrequency);

    private sealed record Book(CatalogState State, Dictionary<string, Entry> Limits);

    private sealed record Entry(RateLimitConfig Config, BucketTable<LimitKey> Buckets);
}
