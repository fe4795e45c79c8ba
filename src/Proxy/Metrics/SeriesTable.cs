using System.Collections.Concurrent;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Metrics;

/// <summary>
/// The series of one metric, bounded (docs/decisions/0161): names, versions and statuses come from others, and a table that anyone can fill would end the sidecar.
/// A series that was not used for ten minutes goes; one that comes when the table is full counts in the overflow series, as OpenTelemetry's cardinality limits ask
/// (https://opentelemetry.io/docs/specs/otel/metrics/sdk/#cardinality-limits), so that totals stay right.
/// </summary>
/// <param name="make">A series of a key that starts at a Unix time in nanoseconds and a timestamp.</param>
internal sealed class SeriesTable<TKey, TSeries>(Func<TKey, long, long, TSeries> make, TKey overflowKey, TimeProvider time)
    where TKey : IEquatable<TKey>
    where TSeries : Series
{
    /// <summary>OpenTelemetry's default, the overflow series included.</summary>
    public const int MaxSeries = 2000;

    private static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ExpireAtMostEvery = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<TKey, TSeries> _series = new();
    private readonly Lock _lock = new();
    private readonly TSeries _overflow = make(overflowKey, UnixTime.Nanos(time.GetUtcNow()), time.GetTimestamp());
    private long _nextExpiry = long.MinValue;
    private long _expired;
    private int _count;

    /// <summary>Series that were removed for being idle.</summary>
    public long Expired => Interlocked.Read(ref _expired);

    /// <summary>Uses that the overflow series took.</summary>
    public long Overflowed => _overflow.Count;

    /// <summary>Of other series than the overflow's.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Removes what is idle, and returns the rest, unordered; the overflow series last, if it was used.</summary>
    public List<TSeries> Read()
    {
        lock (_lock)
        {
            ExpireLocked();
        }

        List<TSeries> all = [.. _series.Values];
        if (_overflow.Count > 0)
        {
            all.Add(_overflow);
        }

        return all;
    }

    public TSeries Find(TKey key) => _series.TryGetValue(key, out var known) ? known : Add(key);

    private TSeries Add(TKey key)
    {
        if (Count >= MaxSeries - 1 && time.GetTimestamp() < Interlocked.Read(ref _nextExpiry))
        {
            // Without the lock: whoever floods us with names must not make others wait.
            return _overflow;
        }

        lock (_lock)
        {
            if (_series.TryGetValue(key, out var known))
            {
                return known;
            }

            if (_count >= MaxSeries - 1)
            {
                ExpireLocked();
                Interlocked.Exchange(ref _nextExpiry, time.GetTimestamp() + Ticks(ExpireAtMostEvery));
                if (_count >= MaxSeries - 1)
                {
                    return _overflow;
                }
            }

            Interlocked.Increment(ref _count);
            return _series[key] = make(key, UnixTime.Nanos(time.GetUtcNow()), time.GetTimestamp());
        }
    }

    private void ExpireLocked()
    {
        long idleSince = time.GetTimestamp() - Ticks(IdleTime);
        foreach (var (key, series) in _series)
        {
            if (series.TryRetire(idleSince))
            {
                _series.TryRemove(key, out _);
                Interlocked.Decrement(ref _count);
                Interlocked.Increment(ref _expired);
            }
        }
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);
}
