using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Storage.Native;

/// <summary>
/// <c>LowCardinality(String)</c>:
/// <code>
/// prefix   UInt64 version = 1, once per outermost column
/// data     UInt64 index width (0 = UInt8, 1 = UInt16, 2 = UInt32, 3 = UInt64) | has keys (bit 9) | new dictionary (bit 10)
///          UInt64 number of keys, the keys as String
///          UInt64 number of rows, an index each
/// </code>
/// Nothing but the prefix when there are no rows. Key 0 is the empty text, as in the engine's own dictionaries.
/// </summary>
internal sealed class LowCardinalityColumn(string type) : NativeColumn(type)
{
    private const ulong Version = 1;
    private const ulong HasKeys = 1 << 9;
    private const ulong NewDictionary = 1 << 10;
    private const int MaxKeys = 16 * 1024 * 1024;

    private readonly TextColumn _keys = new("String");
    private int[] _rows = [];

    public static void WritePrefix(NativeWriter writer) => writer.WriteUInt64(Version);

    /// <summary>Writes one symbol per row; the dictionary holds only the symbols that occur.</summary>
    /// <param name="rows">Symbols of <paramref name="symbols"/>; overwritten with dictionary places.</param>
    public static void Write(NativeWriter writer, SymbolTable symbols, Span<int> rows)
    {
        if (rows.IsEmpty)
        {
            return;
        }

        // remap[symbol] = place in the dictionary; 0 means "not met yet", which is also right for symbol 0, the empty text.
        var remap = writer.Remap(symbols.Count);
        int keys = 1;
        foreach (int symbol in rows)
        {
            if (symbol != 0 && remap[symbol] == 0)
            {
                remap[symbol] = keys++;
            }
        }

        WriteHead(writer, keys);
        TextColumn.Write(writer, ""u8);
        int written = 1;
        foreach (ref int row in rows)
        {
            int place = remap[row];
            if (place == written)
            {
                TextColumn.Write(writer, symbols[row]);
                written++;
            }
        }

        foreach (ref int row in rows)
        {
            row = remap[row];
        }

        WriteIndexes(writer, rows, keys);
        remap.Clear();
    }

    /// <summary>Writes rows that point into a list of keys; key 0 must be the empty text.</summary>
    public static void Write(NativeWriter writer, IReadOnlyList<string> keys, ReadOnlySpan<int> rows)
    {
        if (rows.IsEmpty)
        {
            return;
        }

        WriteHead(writer, keys.Count);
        foreach (string key in keys)
        {
            TextColumn.Write(writer, key);
        }

        WriteIndexes(writer, rows, keys.Count);
    }

    public override async ValueTask ReadPrefixAsync(NativeInput input, CancellationToken cancel)
    {
        ulong version = await input.ReadUInt64Async(cancel);
        if (version != Version)
        {
            throw new NativeFormatException($"LowCardinality version {version}; this reader knows {Version}.");
        }
    }

    public override async ValueTask ReadAsync(NativeInput input, int rows, CancellationToken cancel)
    {
        if (rows == 0)
        {
            return;
        }

        ulong flags = await input.ReadUInt64Async(cancel);
        ulong keys = await input.ReadUInt64Async(cancel);
        if ((flags & HasKeys) == 0 || keys > MaxKeys)
        {
            throw new NativeFormatException($"LowCardinality flags {flags:x} with {keys} keys.");
        }

        await _keys.ReadAsync(input, (int)keys, cancel);
        ulong count = await input.ReadUInt64Async(cancel);
        if (count != (ulong)rows)
        {
            throw new NativeFormatException($"LowCardinality of {count} rows in a column of {rows}.");
        }

        NativeColumn indexes = (flags & 0xFF) switch
        {
            0 => new NumberColumn<byte>("UInt8"),
            1 => new NumberColumn<ushort>("UInt16"),
            2 => new NumberColumn<uint>("UInt32"),
            _ => new NumberColumn<ulong>("UInt64"),
        };
        await indexes.ReadAsync(input, rows, cancel);
        if (_rows.Length < rows)
        {
            _rows = new int[rows];
        }

        for (int row = 0; row < rows; row++)
        {
            long key = indexes.Int(row);
            _rows[row] = key >= 0 && key < (long)keys ? (int)key : throw new NativeFormatException($"LowCardinality index {key} of {keys} keys.");
        }
    }

    public override string Text(int row) => _keys.Text(_rows[row]);

    private static void WriteHead(NativeWriter writer, int keys)
    {
        ulong width = keys <= byte.MaxValue + 1 ? 0u : keys <= ushort.MaxValue + 1 ? 1u : 2u;
        writer.WriteUInt64(width | HasKeys | NewDictionary);
        writer.WriteUInt64((ulong)keys);
    }

    private static void WriteIndexes(NativeWriter writer, ReadOnlySpan<int> rows, int keys)
    {
        writer.WriteUInt64((ulong)rows.Length);
        if (keys <= byte.MaxValue + 1)
        {
            foreach (int row in rows)
            {
                writer.WriteByte((byte)row);
            }
        }
        else if (keys <= ushort.MaxValue + 1)
        {
            foreach (int row in rows)
            {
                var place = writer.Reserve(2);
                place[0] = (byte)row;
                place[1] = (byte)(row >> 8);
                writer.Advance(2);
            }
        }
        else
        {
            writer.WriteNumbers(rows);
        }
    }
}
