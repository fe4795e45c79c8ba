using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Json;

/// <summary>
/// Walks a JSON document in place, as protobuf's JSON mapping wants it read: integers as numbers or texts, null as absent, bytes as base64. A value of the
/// wrong type is a fault that sticks: loops end, values read as zero or empty. A copy reads the same place again. Malformed JSON is the one thing that
/// throws (<see cref="JsonException"/> out of Utf8JsonReader, caught where decoding begins).
/// </summary>
internal ref struct JsonCursor(ReadOnlySpan<byte> json, int maxDepth)
{
    private Utf8JsonReader _reader = new(json, new JsonReaderOptions { MaxDepth = maxDepth });
    private ReadOnlySpan<byte> _name;

    /// <summary>What is wrong with the first unreadable value; null while there is none.</summary>
    public string? Fault { get; private set; }

    /// <summary>Moves to the first value of the document.</summary>
    public void Start() => _reader.Read();

    /// <summary>Checks that nothing follows the document.</summary>
    public void Finish() => _reader.Read();

    /// <summary>Enters the object that is the current value.</summary>
    public bool EnterObject() => _reader.TokenType == JsonTokenType.StartObject || Fail("an object");

    /// <summary>Enters the array that is the current value.</summary>
    public bool EnterArray() => _reader.TokenType == JsonTokenType.StartArray || Fail("an array");

    /// <summary>Moves to the next member whose value is not null; false at the end of the object.</summary>
    public bool NextField()
    {
        while (Fault is null && _reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            _name = _reader.ValueIsEscaped ? UnescapeName() : _reader.ValueSpan;
            _reader.Read();
            if (_reader.TokenType != JsonTokenType.Null)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Moves to the next element; false at the end of the array.</summary>
    public bool NextElement() => Fault is null && _reader.Read() && _reader.TokenType != JsonTokenType.EndArray;

    public readonly bool Is(ReadOnlySpan<byte> name) => _name.SequenceEqual(name);

    public void Skip() => _reader.Skip();

    public TextRef ReadText(TextHeap heap)
    {
        byte[]? rented = null;
        var text = heap.AddRepaired(Unescaped(ref rented));
        Return(rented);
        return text;
    }

    public int ReadSymbol(SymbolTable symbols)
    {
        byte[]? rented = null;
        int symbol = symbols.AddRepaired(Unescaped(ref rented));
        Return(rented);
        return symbol;
    }

    /// <summary>Appends a string as JSON text of ours.</summary>
    public void AppendText(TextHeap heap)
    {
        byte[]? rented = null;
        JsonText.AppendText(heap, Unescaped(ref rented));
        Return(rented);
    }

    /// <summary>Base64 of either alphabet, with or without padding, as protobuf's JSON mapping accepts it.</summary>
    public TextRef ReadBytes(TextHeap heap)
    {
        byte[]? rented = null;
        bool decoded = Base64Bytes.TryDecode(Unescaped(ref rented), heap, out var bytes);
        Return(rented);
        if (!decoded)
        {
            Fail("a base64 string");
        }

        return bytes;
    }

    /// <summary>Hex digits of an id, in place. An escaped one is returned with its escapes and so is no id.</summary>
    public ReadOnlySpan<byte> ReadHex()
    {
        if (_reader.TokenType == JsonTokenType.String)
        {
            return _reader.ValueSpan;
        }

        Fail("a string of hex digits");
        return default;
    }

    public bool ReadBool()
    {
        if (_reader.TokenType is JsonTokenType.True or JsonTokenType.False)
        {
            return _reader.TokenType == JsonTokenType.True;
        }

        return Fail("true or false");
    }

    public long ReadInt64()
    {
        if (TryReadInteger(out long value, out _))
        {
            return value;
        }

        Fail("an integer, as a number or a string");
        return 0;
    }

    /// <summary>
    /// Attribute integers: JavaScript clients send every whole number as one, also 1e+300, so what does not fit comes back as a double.
    /// </summary>
    /// <returns>False when it did not fit, or with a fault when it is no number.</returns>
    public bool ReadInteger(out long value, out double real)
    {
        bool fits = TryReadInteger(out value, out real);
        if (!fits && !double.IsFinite(real))
        {
            Fail("an integer, as a number or a string");
        }

        return fits;
    }

    private readonly bool TryReadInteger(out long value, out double real)
    {
        real = double.NaN;
        if (_reader.TokenType == JsonTokenType.Number)
        {
            if (_reader.TryGetInt64(out value))
            {
                return true;
            }

            // 1.5e3 and 2.0 are whole numbers too.
            real = _reader.GetDouble();
            value = (long)real;
            return real == Math.Floor(real) && Math.Abs(real) < 1L << 62;
        }

        value = 0;
        return _reader.TokenType == JsonTokenType.String
            && Utf8Parser.TryParse(_reader.ValueSpan, out value, out int used)
            && used == _reader.ValueSpan.Length;
    }

    public ulong ReadUInt64()
    {
        if (_reader.TokenType == JsonTokenType.Number && _reader.TryGetUInt64(out ulong value))
        {
            return value;
        }

        if (_reader.TokenType == JsonTokenType.String && Utf8Parser.TryParse(_reader.ValueSpan, out value, out int used) && used == _reader.ValueSpan.Length)
        {
            return value;
        }

        long signed = ReadInt64();
        if (signed >= 0)
        {
            return (ulong)signed;
        }

        Fail("an integer of at least 0");
        return 0;
    }

    public int ReadInt32() => (int)Math.Clamp(ReadInt64(), int.MinValue, int.MaxValue);

    public uint ReadUInt32() => (uint)Math.Min(ReadUInt64(), uint.MaxValue);

    public double ReadDouble()
    {
        if (_reader.TokenType == JsonTokenType.Number)
        {
            return _reader.GetDouble();
        }

        if (_reader.TokenType == JsonTokenType.String)
        {
            var text = _reader.ValueSpan;
            if (Utf8Parser.TryParse(text, out double value, out int used) && used == text.Length)
            {
                return value;
            }

            if (text.SequenceEqual("Infinity"u8))
            {
                return double.PositiveInfinity;
            }

            if (text.SequenceEqual("-Infinity"u8))
            {
                return double.NegativeInfinity;
            }
        }

        Fail("a number");
        return 0;
    }

    /// <summary>An enum as its number, or as its name: <paramref name="names"/>[n] names n. Unknown names read as 0.</summary>
    public ulong ReadEnum(ReadOnlySpan<string> names)
    {
        if (_reader.TokenType != JsonTokenType.String || Utf8Parser.TryParse(_reader.ValueSpan, out ulong _, out _))
        {
            return ReadUInt64();
        }

        // Not by the framework's ValueTextEquals, which throws on half a surrogate pair.
        byte[]? rented = null;
        var name = Unescaped(ref rented);
        ulong value = 0;
        for (int i = 0; i < names.Length; i++)
        {
            if (Ascii.Equals(name, names[i]))
            {
                value = (ulong)i;
                break;
            }
        }

        Return(rented);
        return value;
    }

    // The string in place, or in a rented buffer when it has escapes.
    private ReadOnlySpan<byte> Unescaped(ref byte[]? rented)
    {
        if (_reader.TokenType != JsonTokenType.String)
        {
            Fail("a string");
            return default;
        }

        if (!_reader.ValueIsEscaped)
        {
            return _reader.ValueSpan;
        }

        rented = ArrayPool<byte>.Shared.Rent(_reader.ValueSpan.Length);
        return rented.AsSpan(0, JsonEscapes.Unescape(_reader.ValueSpan, rented));
    }

    private static void Return(byte[]? rented)
    {
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private byte[] UnescapeName()
    {
        byte[] unescaped = new byte[_reader.ValueSpan.Length];
        Array.Resize(ref unescaped, JsonEscapes.Unescape(_reader.ValueSpan, unescaped));
        return unescaped;
    }

    private bool Fail(string wanted)
    {
        Fault ??= $"Malformed OTLP/JSON at byte {_reader.TokenStartIndex}: \"{Utf8Repair.Repair(_name[..Math.Min(_name.Length, 64)])}\" must be {wanted}.";
        return false;
    }
}
