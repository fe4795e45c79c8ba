using System.Globalization;

namespace MeshInsight.Contracts.Telemetry;

/// <summary>Rows [Start, Start + Count) of a side table.</summary>
public readonly record struct RowRange(int Start, int Count)
{
    public int End => Start + Count;
}

public enum AttributeKind : byte
{
    Empty,
    Text,
    Bool,
    Int,
    Double,

    /// <summary>Raw bytes; base64 wherever text is needed.</summary>
    Bytes,

    /// <summary>An array or key-value list, kept as its JSON text.</summary>
    Json,
}

/// <summary>Key-value pairs of one batch. An owner (span, resource, event, ...) holds the <see cref="RowRange"/> of its own.</summary>
public sealed class AttributeTable(TextHeap text, SymbolTable symbols)
{
    private readonly Column<int> _keys = new();
    private readonly Column<AttributeKind> _kinds = new();
    private readonly Column<long> _bits = new();

    public int Count => _keys.Count;

    public ReadOnlySpan<int> Keys => _keys.Span;

    public ReadOnlySpan<AttributeKind> Kinds => _kinds.Span;

    public void AddText(int key, TextRef value) => Add(key, AttributeKind.Text, value.Pack());

    public void AddText(int key, ReadOnlySpan<byte> utf8) => AddText(key, text.Add(utf8));

    public void AddText(ReadOnlySpan<char> key, ReadOnlySpan<char> value) => AddText(symbols.Add(key), text.Add(value));

    public void AddText(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => AddText(symbols.Add(key), text.Add(value));

    public void AddInt(int key, long value) => Add(key, AttributeKind.Int, value);

    public void AddInt(ReadOnlySpan<byte> key, long value) => AddInt(symbols.Add(key), value);

    public void AddDouble(int key, double value) => Add(key, AttributeKind.Double, BitConverter.DoubleToInt64Bits(value));

    public void AddBool(int key, bool value) => Add(key, AttributeKind.Bool, value ? 1 : 0);

    public void AddBytes(int key, TextRef value) => Add(key, AttributeKind.Bytes, value.Pack());

    public void AddJson(int key, TextRef value) => Add(key, AttributeKind.Json, value.Pack());

    public void AddEmpty(int key) => Add(key, AttributeKind.Empty, 0);

    public int Key(int row) => _keys[row];

    public AttributeKind Kind(int row) => _kinds[row];

    /// <summary>Text, bytes or JSON of a row whose kind is one of these.</summary>
    public TextRef Text(int row) => TextRef.Unpack(_bits[row]);

    public long Int(int row) => _bits[row];

    public double Double(int row) => BitConverter.Int64BitsToDouble(_bits[row]);

    public bool Bool(int row) => _bits[row] != 0;

    /// <summary>The row of <paramref name="key"/> within <paramref name="rows"/>, or -1.</summary>
    public int Find(RowRange rows, int key)
    {
        int found = key < 0 ? -1 : _keys.Span.Slice(rows.Start, rows.Count).IndexOf(key);
        return found < 0 ? -1 : rows.Start + found;
    }

    /// <summary>The row of <paramref name="key"/> within <paramref name="rows"/>, or -1.</summary>
    public int Find(RowRange rows, ReadOnlySpan<byte> key) => Find(rows, symbols.Find(key));

    /// <summary>The value as the ClickHouse exporter's Map(String, String) holds it: numbers invariant, bytes base64, lists JSON.</summary>
    public string GetString(int row) => Kind(row) switch
    {
        AttributeKind.Text or AttributeKind.Json => text.GetString(Text(row)),
        AttributeKind.Bool => Bool(row) ? "true" : "false",
        AttributeKind.Int => Int(row).ToString(CultureInfo.InvariantCulture),
        AttributeKind.Double => Double(row).ToString("R", CultureInfo.InvariantCulture),
        AttributeKind.Bytes => Convert.ToBase64String(text[Text(row)]),
        _ => "",
    };

    /// <summary>Appends copies of another batch's rows and returns where they are.</summary>
    public RowRange Copy(TelemetryBatch source, RowRange rows)
    {
        int start = Count;
        var from = source.Attributes;
        for (int row = rows.Start; row < rows.End; row++)
        {
            int key = symbols.Add(source.Symbols[from.Key(row)]);
            var kind = from.Kind(row);
            bool hasText = kind is AttributeKind.Text or AttributeKind.Bytes or AttributeKind.Json;
            Add(key, kind, hasText ? text.Add(source.Text[from.Text(row)]).Pack() : from._bits[row]);
        }

        return new(start, Count - start);
    }

    /// <summary>All rows from <paramref name="first"/> to the end.</summary>
    public RowRange From(int first) => new(first, Count - first);

    internal void Truncate(int count)
    {
        _keys.Truncate(count);
        _kinds.Truncate(count);
        _bits.Truncate(count);
    }

    internal void Clear()
    {
        _keys.Clear();
        _kinds.Clear();
        _bits.Clear();
    }

    private void Add(int key, AttributeKind kind, long bits)
    {
        _keys.Add(key);
        _kinds.Add(kind);
        _bits.Add(bits);
    }
}
