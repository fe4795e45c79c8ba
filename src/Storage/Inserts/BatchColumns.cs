using System.Numerics;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Native;

namespace MeshInsight.Storage.Inserts;

/// <summary>Columns of a batch by wire type. Each takes a function from row to value; nothing is allocated per row.</summary>
internal static class BatchColumns
{
    public const string LowText = "LowCardinality(String)";
    public const string Attributes = "Map(LowCardinality(String), String)";
    public const string Time = "DateTime64(9)";

    private static ReadOnlySpan<byte> NoText => ""u8;

    public static BlockColumn<TRows> Number<TRows, T>(string name, string type, Func<TRows, int, T> value)
        where TRows : BatchRows
        where T : unmanaged, INumber<T> =>
        new(name, type, (writer, rows) => WriteNumbers(writer, rows, rows.Count, value));

    public static BlockColumn<TRows> TimeOf<TRows>(string name, Func<TRows, int, long> unixNanos)
        where TRows : BatchRows => Number(name, Time, unixNanos);

    public static BlockColumn<TRows> Text<TRows>(string name, Func<TRows, int, TextRef> text)
        where TRows : BatchRows =>
        new(name, "String", (writer, rows) =>
        {
            for (int row = 0; row < rows.Count; row++)
            {
                TextColumn.Write(writer, rows.Batch.Text[text(rows, row)]);
            }
        });

    /// <summary>A symbol as String.</summary>
    public static BlockColumn<TRows> SymbolText<TRows>(string name, Func<TRows, int, int> symbol)
        where TRows : BatchRows =>
        new(name, "String", (writer, rows) =>
        {
            for (int row = 0; row < rows.Count; row++)
            {
                TextColumn.Write(writer, rows.Batch.Symbols[symbol(rows, row)]);
            }
        });

    /// <summary>A symbol as LowCardinality(String).</summary>
    public static BlockColumn<TRows> Symbol<TRows>(string name, Func<TRows, int, int> symbol)
        where TRows : BatchRows =>
        new(name, LowText, (writer, rows) =>
        {
            LowCardinalityColumn.WritePrefix(writer);
            WriteSymbols(writer, rows.Batch.Symbols, rows, rows.Count, symbol);
        });

    /// <summary>One of a few fixed words as LowCardinality(String). Word 0 must be the empty text.</summary>
    public static BlockColumn<TRows> Word<TRows>(string name, string[] words, Func<TRows, int, int> word)
        where TRows : BatchRows =>
        new(name, LowText, (writer, rows) =>
        {
            LowCardinalityColumn.WritePrefix(writer);
            var places = writer.Scratch(rows.Count);
            for (int row = 0; row < places.Length; row++)
            {
                places[row] = word(rows, row);
            }

            LowCardinalityColumn.Write(writer, words, places);
        });

    /// <summary>32 hex digits, or nothing for the empty id.</summary>
    public static BlockColumn<TRows> TraceIdOf<TRows>(string name, Func<TRows, int, TraceId> id)
        where TRows : BatchRows =>
        new(name, "String", (writer, rows) =>
        {
            for (int row = 0; row < rows.Count; row++)
            {
                WriteId(writer, id(rows, row));
            }
        });

    /// <summary>16 hex digits, or nothing for the empty id.</summary>
    public static BlockColumn<TRows> SpanIdOf<TRows>(string name, Func<TRows, int, SpanId> id)
        where TRows : BatchRows =>
        new(name, "String", (writer, rows) =>
        {
            for (int row = 0; row < rows.Count; row++)
            {
                WriteId(writer, id(rows, row));
            }
        });

    public static BlockColumn<TRows> AttributesOf<TRows>(string name, Func<TRows, int, RowRange> range)
        where TRows : BatchRows =>
        new(name, Attributes, (writer, rows) =>
        {
            LowCardinalityColumn.WritePrefix(writer);
            WriteEnds(writer, rows, rows.Count, range);
            MapColumn.WriteItems(writer, rows.Batch, rows, rows.Count, range);
        });

    public static void WriteNumbers<TRows, T>(NativeWriter writer, TRows rows, int count, Func<TRows, int, T> value)
        where T : unmanaged, INumber<T>
    {
        const int Slice = 1024;
        Span<T> values = stackalloc T[Slice];
        for (int start = 0; start < count; start += Slice)
        {
            int size = Math.Min(Slice, count - start);
            for (int i = 0; i < size; i++)
            {
                values[i] = value(rows, start + i);
            }

            writer.WriteNumbers<T>(values[..size]);
        }
    }

    public static void WriteSymbols<TRows>(NativeWriter writer, SymbolTable symbols, TRows rows, int count, Func<TRows, int, int> symbol)
    {
        var taken = writer.Scratch(count);
        for (int row = 0; row < count; row++)
        {
            taken[row] = symbol(rows, row);
        }

        LowCardinalityColumn.Write(writer, symbols, taken);
    }

    /// <summary>The ends of an array or map column.</summary>
    public static void WriteEnds<TRows>(NativeWriter writer, TRows rows, int count, Func<TRows, int, RowRange> range)
    {
        ulong end = 0;
        for (int row = 0; row < count; row++)
        {
            end += (ulong)range(rows, row).Count;
            writer.WriteUInt64(end);
        }
    }

    public static void WriteId(NativeWriter writer, TraceId id)
    {
        if (id.IsEmpty)
        {
            TextColumn.Write(writer, NoText);
            return;
        }

        const int Digits = 2 * TraceId.SizeBytes;
        var place = writer.Reserve(1 + Digits);
        place[0] = Digits;
        id.WriteHex(place.Slice(1, Digits));
        writer.Advance(1 + Digits);
    }

    public static void WriteId(NativeWriter writer, SpanId id)
    {
        if (id.IsEmpty)
        {
            TextColumn.Write(writer, NoText);
            return;
        }

        const int Digits = 2 * SpanId.SizeBytes;
        var place = writer.Reserve(1 + Digits);
        place[0] = Digits;
        id.WriteHex(place.Slice(1, Digits));
        writer.Advance(1 + Digits);
    }
}
