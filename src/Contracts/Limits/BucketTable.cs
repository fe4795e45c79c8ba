using System.Collections.Concurrent;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Contracts.Limits;

/// <summary>
/// One token bucket of the same rate per key. Keys come from others, so their number is bounded: full buckets are forgotten when new keys come, at most once a second;
/// keys that find no place share one bucket. Thread-safe; finding a known key takes no lock and allocates nothing.
/// </summary>
public sealed class BucketTable<TKey>(RateConfig rate, int capacity, long ticksPerSecond)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, TokenBucket> _buckets = new();
    private readonly TokenBucket _others = new(rate, ticksPerSecond);
    private readonly Lock _adding = new();
    private int _count;
    private long _sweptAt = long.MinValue;
    private long _crowded;

    public RateConfig Rate => rate;

    /// <summary>Keys that have a bucket of their own.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Times that a key had to share, for want of a place.</summary>
    public long Crowded => Interlocked.Read(ref _crowded);

    /// <inheritdoc cref="TokenBucket.Take"/>
    /// <param name="bucket">Where the tokens are from.</param>
    public int Take(TKey key, int wanted, long now, out long wait, out TokenBucket bucket)
    {
        int taken;
        do
        {
            bucket = _buckets.TryGetValue(key, out var known) ? known : Add(key, now);
            taken = bucket.Take(wanted, now, out wait);
        }
        while (taken < 0);

        return taken;
    }

    /// <summary>Sets what is left for a key, before anybody takes; a key without a place is left out.</summary>
    /// <inheritdoc cref="TokenBucket.Restore"/>
    public void Restore(TKey key, long missing, long now)
    {
        if (Add(key, now) is var bucket && bucket != _others)
        {
            bucket.Restore(missing, now);
        }
    }

    private TokenBucket Add(TKey key, long now)
    {
        lock (_adding)
        {
            if (_buckets.TryGetValue(key, out var known))
            {
                return known;
            }

            if (_sweptAt == long.MinValue || now - _sweptAt >= ticksPerSecond)
            {
                SweepLocked(now);
            }

            if (_count >= capacity)
            {
                Interlocked.Increment(ref _crowded);
                return _others;
            }

            _count++;
            return _buckets[key] = new(rate, ticksPerSecond);
        }
    }

    // Who holds a bucket that is retired here finds that out when taking, and looks again.
    private void SweepLocked(long now)
    {
        _sweptAt = now;
        foreach (var (key, bucket) in _buckets)
        {
            if (bucket.TryRetire(now) && _buckets.TryRemove(key, out _))
            {
                _count--;
            }
        }
    }
}
