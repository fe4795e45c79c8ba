using System.Collections.Concurrent;
using MeshInsight.Contracts.Limits;

namespace MeshInsight.Proxy.Limit;

/// <summary>The stocks of one global limit, by key. Their number is bounded: those that nobody has used for a while make room, and keys without a place share one.</summary>
internal sealed class StockTable(long ticksPerSecond)
{
    public const int MaxKeys = 1024;
    private const int IdleSeconds = 10;

    // The control plane counts it as a key like any other.
    private static readonly LimitKey Others = new("*", "*", "*");

    private readonly ConcurrentDictionary<LimitKey, TokenStock> _stocks = new();
    private readonly Lock _adding = new();
    private long _sweptAt = long.MinValue;
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <param name="key">Becomes the shared one when there is no place.</param>
    public TokenStock Find(ref LimitKey key, long now) => _stocks.TryGetValue(key, out var known) ? known : Add(ref key, now);

    private TokenStock Add(ref LimitKey key, long now)
    {
        lock (_adding)
        {
            if (_stocks.TryGetValue(key, out var known))
            {
                return known;
            }

            if (_count >= MaxKeys && (_sweptAt == long.MinValue || now - _sweptAt >= ticksPerSecond))
            {
                SweepLocked(now);
            }

            key = _count >= MaxKeys ? Others : key;
            if (_stocks.TryGetValue(key, out var shared))
            {
                return shared;
            }

            _count++;
            return _stocks[key] = new(ticksPerSecond);
        }
    }

    private void SweepLocked(long now)
    {
        _sweptAt = now;
        foreach (var (key, stock) in _stocks)
        {
            if (stock.IsIdle(now, IdleSeconds * ticksPerSecond) && _stocks.TryRemove(key, out _))
            {
                _count--;
            }
        }
    }
}
