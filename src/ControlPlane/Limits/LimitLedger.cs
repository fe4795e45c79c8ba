using System.Globalization;
using MeshInsight.Contracts.Limits;
using MeshInsight.Contracts.Mesh;
using MeshInsight.ControlPlane.Catalog;

namespace MeshInsight.ControlPlane.Limits;

/// <summary>
/// The buckets of global rate limits, by limit and key. A restart finds them as they were (<see cref="GrantJournal"/>), refilled for as long as it took; the one that the
/// keys beyond <see cref="MaxKeys"/> share begins full. Thread-safe: one lock where the catalog has changed, one around the journal.
/// </summary>
internal sealed class LimitLedger : IDisposable
{
    /// <summary>Keys of one limit that have a bucket of their own; the rest share one.</summary>
    public const int MaxKeys = 65_536;

    private readonly ResourceCatalog _catalog;
    private readonly TimeProvider _clock;
    private readonly GrantJournal _journal;
    private readonly Lock _lock = new();
    private readonly Lock _writing = new();
    private readonly Dictionary<(string Limit, string Form), List<GrantLine>> _found;
    private volatile Book _book = new(CatalogState.Empty, []);

    public LimitLedger(ResourceCatalog catalog, GrantJournal journal, TimeProvider clock)
    {
        _catalog = catalog;
        _clock = clock;
        _journal = journal;
        _found = journal.Open().GroupBy(l => (l.Limit, l.Form)).ToDictionary(g => g.Key, g => g.ToList());
    }

    /// <param name="service">Whose sidecar asks.</param>
    /// <param name="retryAfter">When there will be a token, when none is granted.</param>
    /// <returns>Tokens granted; -1 when no such limit holds for the service.</returns>
    public int Take(string limit, string service, LimitKey key, int wanted, out TimeSpan retryAfter)
    {
        retryAfter = TimeSpan.Zero;
        var book = _book.State == _catalog.State ? _book : Renew();
        if (!book.Limits.TryGetValue(limit, out var entry) || (entry.Config.Services.Count > 0 && !entry.Config.Services.Contains(service)))
        {
            return -1;
        }

        int granted = entry.Buckets.Take(key, wanted, _clock.GetTimestamp(), out long wait, out var bucket);
        retryAfter = Span(wait);
        if (granted > 0)
        {
            lock (_writing)
            {
                _journal.Write(limit, entry.Form, key, Span(bucket.Missing(_clock.GetTimestamp())));
            }
        }

        return granted;
    }

    public void Dispose() => _journal.Dispose();

    private TimeSpan Span(long ticks) => TimeSpan.FromSeconds((double)ticks / _clock.TimestampFrequency);

    private Book Renew()
    {
        lock (_lock)
        {
            var state = _catalog.State;
            if (_book.State != state)
            {
                _book = new(state, state.RateLimits.Where(l => l.Global is not null).ToDictionary(l => l.Name, Keep));
            }

            return _book;
        }
    }

    // A limit whose rate stays goes on with the buckets it has, whatever else changed.
    private Entry Keep(RateLimitConfig config)
    {
        string form = Form(config.Global!);
        return _book.Limits.TryGetValue(config.Name, out var known) && known.Form == form ? known with { Config = config } : new(config, form, Restore(config, form));
    }

    private BucketTable<LimitKey> Restore(RateLimitConfig config, string form)
    {
        var buckets = new BucketTable<LimitKey>(config.Global!.Rate, MaxKeys, _clock.TimestampFrequency);
        if (_found.Remove((config.Name, form), out var lines))
        {
            var (now, today) = (_clock.GetTimestamp(), _clock.GetUtcNow());
            foreach (var line in lines)
            {
                buckets.Restore(line.Key, (long)((line.FullAt - today).TotalSeconds * _clock.TimestampFrequency), now);
            }
        }

        return buckets;
    }

    private static string Form(GlobalRateLimit limit) =>
        string.Create(CultureInfo.InvariantCulture, $"{limit.Rate.RequestsPerSecond:R}/s, {limit.Rate.Burst}, {string.Join(", ", limit.Key.Select(k => $"{k.Source} {k.Name}".TrimEnd()))}");

    private sealed record Book(CatalogState State, Dictionary<string, Entry> Limits);

    private sealed record Entry(RateLimitConfig Config, string Form, BucketTable<LimitKey> Buckets);
}
