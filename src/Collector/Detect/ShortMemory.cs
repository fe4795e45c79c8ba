using System.Diagnostics.CodeAnalysis;

namespace MeshInsight.Collector.Detect;

/// <summary>
/// A bounded map that forgets by age: two generations, the older one dropped whole every <paramref name="lifetimeSeconds"/>. An entry lives between one and
/// two lifetimes. Not thread-safe.
/// </summary>
internal sealed class ShortMemory<TKey, TValue>(int capacity, long lifetimeSeconds)
    where TKey : notnull
{
    private Dictionary<TKey, TValue> _young = [];
    private Dictionary<TKey, TValue> _old = [];
    private long _turnAt = long.MinValue;

    public int Count => _young.Count + _old.Count;

    public long Overflowed { get; private set; }

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value) => _young.TryGetValue(key, out value) || _old.TryGetValue(key, out value);

    /// <summary>False when full; counted in <see cref="Overflowed"/>.</summary>
    public bool TryAdd(TKey key, TValue value)
    {
        if (_young.Count >= capacity)
        {
            Overflowed++;
            return false;
        }

        return _young.TryAdd(key, value);
    }

    public bool Remove(TKey key, [MaybeNullWhen(false)] out TValue value) => _young.Remove(key, out value) || _old.Remove(key, out value);

    /// <summary>Drops what is too old. Call about once a second.</summary>
    public void Advance(long nowSeconds)
    {
        if (_turnAt == long.MinValue)
        {
            _turnAt = nowSeconds + lifetimeSeconds;
        }
        else if (nowSeconds >= _turnAt)
        {
            (_young, _old) = (_old, _young);
            _young.Clear();
            _turnAt = nowSeconds + lifetimeSeconds;
        }
    }

    public void Clear()
    {
        _young.Clear();
        _old.Clear();
    }
}
