using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace MeshInsight.Contracts.Telemetry;

/// <summary>
/// Texts of few distinct values (service and span names, attribute keys), stored once per batch and named by number.
/// Symbol 0 is the empty text. The same shape as ClickHouse's LowCardinality dictionary, so a batch becomes a block without hashing again.
/// </summary>
public sealed class SymbolTable
{
    private readonly TextHeap _text = new();
    private readonly Column<TextRef> _places = new();
    private readonly Column<uint> _hashes = new();
    private int[] _slots = new int[64];

    public SymbolTable() => Clear();

    public int Count => _places.Count;

    public ReadOnlySpan<byte> this[int symbol] => _text[_places[symbol]];

    public string GetString(int symbol) => Encoding.UTF8.GetString(this[symbol]);

    public int Add(ReadOnlySpan<char> text)
    {
        Span<byte> small = stackalloc byte[256];
        int size = Encoding.UTF8.GetByteCount(text);
        Span<byte> utf8 = size <= small.Length ? small[..size] : new byte[size];
        Encoding.UTF8.GetBytes(text, utf8);
        return Add(utf8);
    }

    /// <summary>The symbol of <paramref name="utf8"/>, new or known.</summary>
    public int Add(ReadOnlySpan<byte> utf8)
    {
        uint hash = Hash(utf8);
        int mask = _slots.Length - 1;
        for (int slot = (int)hash & mask; ; slot = (slot + 1) & mask)
        {
            int symbol = _slots[slot] - 1;
            if (symbol < 0)
            {
                return AddNew(utf8, hash, slot);
            }

            if (_hashes[symbol] == hash && this[symbol].SequenceEqual(utf8))
            {
                return symbol;
            }
        }
    }

    /// <summary>The symbol of <paramref name="utf8"/>, or -1 when the batch has no such text.</summary>
    public int Find(ReadOnlySpan<byte> utf8)
    {
        uint hash = Hash(utf8);
        int mask = _slots.Length - 1;
        for (int slot = (int)hash & mask; ; slot = (slot + 1) & mask)
        {
            int symbol = _slots[slot] - 1;
            if (symbol < 0 || (_hashes[symbol] == hash && this[symbol].SequenceEqual(utf8)))
            {
                return symbol;
            }
        }
    }

    public void Clear()
    {
        _text.Clear();
        _places.Clear();
        _hashes.Clear();
        Array.Clear(_slots);
        Add(""u8);
    }

    /// <summary>Forgets the symbols from <paramref name="count"/> on, in time that grows with the table.</summary>
    internal void Truncate(int count)
    {
        if (count == _places.Count)
        {
            return;
        }

        _text.Truncate(_places[count].Start);
        _places.Truncate(count);
        _hashes.Truncate(count);
        Array.Clear(_slots);
        FillSlots();
    }

    private int AddNew(ReadOnlySpan<byte> utf8, uint hash, int slot)
    {
        int symbol = _places.Count;
        _places.Add(_text.Add(utf8));
        _hashes.Add(hash);
        _slots[slot] = symbol + 1;
        if (_places.Count * 2 > _slots.Length)
        {
            Rehash();
        }

        return symbol;
    }

    private void Rehash()
    {
        _slots = new int[_slots.Length * 2];
        FillSlots();
    }

    private void FillSlots()
    {
        int mask = _slots.Length - 1;
        for (int symbol = 0; symbol < _hashes.Count; symbol++)
        {
            int slot = (int)_hashes[symbol] & mask;
            while (_slots[slot] != 0)
            {
                slot = (slot + 1) & mask;
            }

            _slots[slot] = symbol + 1;
        }
    }

    // Seeded per process, so a peer cannot choose texts that collide. 3 ns for a usual key where HashCode.AddBytes takes 8, and a span looks up a dozen.
    private static uint Hash(ReadOnlySpan<byte> utf8)
    {
        ulong hash = Seeds.First ^ (ulong)utf8.Length;
        while (utf8.Length > 16)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(utf8), Seeds.Second ^ BinaryPrimitives.ReadUInt64LittleEndian(utf8[8..]));
            utf8 = utf8[16..];
        }

        var (low, high) = Tail(utf8);
        hash = Mix(hash ^ low, Seeds.Second ^ high);
        return (uint)Mix(hash, Seeds.Third);
    }

    // The last 0 to 16 bytes as two words that overlap when there are fewer than 16.
    private static (ulong Low, ulong High) Tail(ReadOnlySpan<byte> utf8) => utf8.Length switch
    {
        >= 8 => (BinaryPrimitives.ReadUInt64LittleEndian(utf8), BinaryPrimitives.ReadUInt64LittleEndian(utf8[^8..])),
        >= 4 => (BinaryPrimitives.ReadUInt32LittleEndian(utf8), BinaryPrimitives.ReadUInt32LittleEndian(utf8[^4..])),
        > 0 => ((ulong)utf8[0] << 16 | (ulong)utf8[utf8.Length / 2] << 8 | utf8[^1], 0),
        _ => (0, 0),
    };

    private static ulong Mix(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }

    private static class Seeds
    {
        public static readonly ulong First = Next();
        public static readonly ulong Second = Next();
        public static readonly ulong Third = Next() | 1;

        private static ulong Next() => BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8));
    }
}
