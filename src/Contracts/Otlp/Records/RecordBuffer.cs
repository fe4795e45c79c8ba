using System.Buffers.Binary;
using System.Text;
using MeshInsight.Contracts.Otlp.Wire;

namespace MeshInsight.Contracts.Otlp.Records;

/// <summary>
/// Protobuf as it grows, in memory that is used again. What is short, as nearly everything in telemetry is, is written in place with a length of one byte before it;
/// only what turns out longer is moved. Lengths are minimal. Not thread-safe.
/// </summary>
internal sealed class RecordBuffer(int capacity)
{
    // A length or a number takes ten bytes at most, a tag two.
    private const int FieldBytes = 12;
    private const int MaxUtf8PerChar = 3;
    private const int OneByte = 127;

    // Records are hundreds of bytes: their length takes two.
    private const int UsualPrefix = 2;

    private byte[] _bytes = new byte[capacity];

    public int Length { get; private set; }

    public Span<byte> Written => _bytes.AsSpan(0, Length);

    public void Truncate(int length) => Length = length;

    /// <summary>Leaves room of undefined content.</summary>
    public void Skip(int bytes)
    {
        Room(bytes);
        Length += bytes;
    }

    public int Begin(byte tag)
    {
        var room = Room(FieldBytes);
        room[0] = tag;
        Length += 1 + UsualPrefix;
        return Length;
    }

    public void End(int mark)
    {
        int length = Length - mark;
        int needed = Varint.Size((ulong)length);
        if (needed != UsualPrefix)
        {
            Room(needed);
            _bytes.AsSpan(mark, length).CopyTo(_bytes.AsSpan(mark - UsualPrefix + needed));
            Length += needed - UsualPrefix;
        }

        Varint.Write(_bytes.AsSpan(mark - UsualPrefix), (ulong)length);
    }

    public void Fixed64(byte tag, ulong value)
    {
        var room = Room(FieldBytes);
        room[0] = tag;
        BinaryPrimitives.WriteUInt64LittleEndian(room[1..], value);
        Length += 1 + sizeof(ulong);
    }

    /// <param name="field">May be above 15: its tag takes two bytes.</param>
    public void Fixed32(int field, uint value)
    {
        var room = Room(FieldBytes);
        int tag = Varint.Write(room, ((ulong)field << 3) | (uint)WireType.Fixed32);
        BinaryPrimitives.WriteUInt32LittleEndian(room[tag..], value);
        Length += tag + sizeof(uint);
    }

    public void Number(byte tag, ulong value)
    {
        var room = Room(FieldBytes);
        room[0] = tag;
        Length += 1 + Varint.Write(room[1..], value);
    }

    /// <returns>Room for a value of exactly that many bytes, below 128, which the caller fills.</returns>
    public Span<byte> Short(byte tag, int bytes)
    {
        var room = Room(FieldBytes + bytes);
        (room[0], room[1]) = (tag, (byte)bytes);
        Length += 2 + bytes;
        return room.Slice(2, bytes);
    }

    public void Bytes(byte tag, ReadOnlySpan<byte> value)
    {
        var room = Room(FieldBytes + value.Length);
        room[0] = tag;
        int at = 1 + Varint.Write(room[1..], (ulong)value.Length);
        value.CopyTo(room[at..]);
        Length += at + value.Length;
    }

    public void Text(byte tag, ReadOnlySpan<char> text)
    {
        var room = Room(FieldBytes + (MaxUtf8PerChar * text.Length));
        int length = Encoding.UTF8.GetBytes(text, room[2..]);
        int prefix = Varint.Size((ulong)length);
        if (prefix > 1)
        {
            room.Slice(2, length).CopyTo(room[(1 + prefix)..]);
        }

        room[0] = tag;
        Varint.Write(room[1..], (ulong)length);
        Length += 1 + prefix + length;
    }

    /// <summary>A KeyValue with a text.</summary>
    public void Pair(byte tag, AttributeKey key, ReadOnlySpan<char> text)
    {
        var name = key.Encoded;
        var room = Room((2 * FieldBytes) + name.Length + (MaxUtf8PerChar * text.Length));
        EndPair(room, tag, name, Encoding.UTF8.GetBytes(text, room[TextOfPair(name)..]));
    }

    /// <inheritdoc cref="Pair(byte, AttributeKey, ReadOnlySpan{char})"/>
    public void Pair(byte tag, AttributeKey key, ReadOnlySpan<byte> text)
    {
        var name = key.Encoded;
        var room = Room((2 * FieldBytes) + name.Length + text.Length);
        text.CopyTo(room[TextOfPair(name)..]);
        EndPair(room, tag, name, text.Length);
    }

    /// <summary>A KeyValue with a number or a truth.</summary>
    public void Pair(byte tag, AttributeKey key, byte valueTag, ulong value)
    {
        var name = key.Encoded;
        var room = Room((2 * FieldBytes) + name.Length);
        int at = 2 + name.Length;
        int length = 1 + Varint.Size(value);
        (room[0], room[1]) = (tag, (byte)(name.Length + 2 + length));
        name.CopyTo(room[2..]);
        (room[at], room[at + 1], room[at + 2]) = (WireTag.ValueOfPair, (byte)length, valueTag);
        Varint.Write(room[(at + 3)..], value);
        Length += at + 2 + length;
    }

    // Where the text lies when all lengths take one byte: after tag and length of the pair, the key, and those of value and text.
    private static int TextOfPair(ReadOnlySpan<byte> name) => 2 + name.Length + 4;

    private void EndPair(Span<byte> room, byte tag, ReadOnlySpan<byte> name, int textLength)
    {
        int text = TextOfPair(name);
        int value = 1 + Varint.Size((ulong)textLength) + textLength;
        int pair = name.Length + 1 + Varint.Size((ulong)value) + value;
        int end = 1 + Varint.Size((ulong)pair) + pair;
        if (pair > OneByte)
        {
            room.Slice(text, textLength).CopyTo(room[(end - textLength)..]);
        }

        room[0] = tag;
        int at = 1 + Varint.Write(room[1..], (ulong)pair);
        name.CopyTo(room[at..]);
        at += name.Length;
        room[at++] = WireTag.ValueOfPair;
        at += Varint.Write(room[at..], (ulong)value);
        room[at++] = WireTag.TextValue;
        Varint.Write(room[at..], (ulong)textLength);
        Length += end;
    }

    private Span<byte> Room(int bytes)
    {
        if (_bytes.Length - Length < bytes)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + bytes));
        }

        return _bytes.AsSpan(Length);
    }
}
