using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MeshInsight.Contracts.Telemetry;

/// <summary>One growing column of plain values. Keeps its memory across <see cref="Clear"/>, so that a pooled batch allocates once. Not thread-safe.</summary>
public sealed class Column<T>
    where T : unmanaged
{
    private T[] _items = [];

    public int Count { get; private set; }

    public ReadOnlySpan<T> Span => _items.AsSpan(0, Count);

    public ref T this[int row]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Count, nameof(row));
            return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_items), row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(T item)
    {
        int count = Count;
        T[] items = _items;
        if ((uint)count >= (uint)items.Length)
        {
            items = Grow(1);
        }

        items[count] = item;
        Count = count + 1;
    }

    public void AddRange(ReadOnlySpan<T> items) => items.CopyTo(Extend(items.Length));

    /// <summary>Appends <paramref name="count"/> items of undefined content and returns the place to write them.</summary>
    public Span<T> Extend(int count)
    {
        if (_items.Length - Count < count)
        {
            Grow(count);
        }

        var place = _items.AsSpan(Count, count);
        Count += count;
        return place;
    }

    public void Clear() => Count = 0;

    /// <summary>Forgets all items from <paramref name="count"/> on.</summary>
    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)Count, nameof(count));
        Count = count;
    }

    public long CapacityBytes => (long)_items.Length * Unsafe.SizeOf<T>();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private T[] Grow(int by)
    {
        Array.Resize(ref _items, Math.Max(Math.Max(16, _items.Length * 2), checked(Count + by)));
        return _items;
    }
}
