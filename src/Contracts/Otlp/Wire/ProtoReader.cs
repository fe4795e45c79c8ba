using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace MeshInsight.Contracts.Otlp.Wire;

/// <summary>
/// Walks the fields of one protobuf message in place. Never throws: the first fault sticks, <see cref="Next"/> turns false and values read as
/// zero or empty. So a loop reads without checks and asks <see cref="HasFault"/> once at its end.
/// <code>
/// tag = varint (field number &lt;&lt; 3 | wire type), then by wire type
///   0 varint: 7 bits a byte, low first, at most 10 bytes      1 eight bytes, little-endian
///   2 varint length, then that many bytes                     5 four bytes, little-endian
///   3 … 4 group: fields up to the end tag with the same number (obsolete; only ever skipped)
/// </code>
/// </summary>
/// <remarks>A nested message is the same bytes with a nearer end, so <see cref="Position"/> counts from the start of the request at any depth.</remarks>
internal ref struct ProtoReader
{
    private const int MaxGroupDepth = 32;

    private readonly ReadOnlySpan<byte> _bytes;
    private int _position;

    public ProtoReader(ReadOnlySpan<byte> message)
        : this(message, 0)
    {
    }

    private ProtoReader(ReadOnlySpan<byte> bytes, int position)
    {
        _bytes = bytes;
        _position = position;
    }

    /// <summary>Number of the current field; 0 before the first.</summary>
    public int Field { get; private set; }

    public WireType Type { get; private set; }

    public ProtoFault Fault { get; private set; }

    public readonly bool HasFault => Fault != ProtoFault.None;

    public readonly bool IsAtEnd => _position >= _bytes.Length;

    /// <summary>Byte offset in the request of what is read next, or of the fault.</summary>
    public readonly int Position => _position;

    /// <summary>Moves to the next field. The value of the field before must have been read or skipped.</summary>
    /// <returns>False at the end of the message and at a fault.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Next()
    {
        if (_position >= _bytes.Length || HasFault)
        {
            return false;
        }

        uint first = _bytes[_position];
        if (first is >= 8 and < 128)
        {
            // One-byte tags: fields 1 to 15, nearly all of OTLP.
            _position++;
            Field = (int)(first >> 3);
            Type = (WireType)(first & 7);
            return Type < WireType.EndGroup || Type == WireType.Fixed32 || FailTag();
        }

        return NextSlow();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ReadVarint() => Expect(WireType.Varint) ? Varint() : 0;

    public ulong ReadFixed64()
    {
        if (!Expect(WireType.Fixed64))
        {
            return 0;
        }

        return BinaryPrimitives.TryReadUInt64LittleEndian(_bytes[_position..], out ulong value) && Advance(8) ? value : Truncated();
    }

    public uint ReadFixed32()
    {
        if (!Expect(WireType.Fixed32))
        {
            return 0;
        }

        return BinaryPrimitives.TryReadUInt32LittleEndian(_bytes[_position..], out uint value) && Advance(4) ? value : (uint)Truncated();
    }

    public double ReadDouble() => BitConverter.UInt64BitsToDouble(ReadFixed64());

    public bool ReadBool() => ReadVarint() != 0;

    /// <summary>The field's bytes, in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> ReadBytes()
    {
        int length = Expect(WireType.Length) ? Length() : 0;
        var value = _bytes.Slice(_position, length);
        _position += length;
        return value;
    }

    /// <summary>A reader of the nested message; this one moves on behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ProtoReader ReadMessage()
    {
        int length = Expect(WireType.Length) ? Length() : 0;
        var nested = new ProtoReader(_bytes[..(_position + length)], _position);
        _position += length;
        return nested;
    }

    /// <summary>Next value of a packed field, whose bytes <see cref="ReadMessage"/> gave; the caller loops until <see cref="IsAtEnd"/> or a fault.</summary>
    public ulong ReadPackedVarint() => HasFault ? 0 : Varint();

    /// <inheritdoc cref="ReadPackedVarint"/>
    public ulong ReadPackedFixed64() =>
        !HasFault && BinaryPrimitives.TryReadUInt64LittleEndian(_bytes[_position..], out ulong value) && Advance(8) ? value : Truncated();

    /// <summary>Leaves the current field unread.</summary>
    public void Skip() => Skip(Type, Field, 0);

    private void Skip(WireType type, int field, int depth)
    {
        switch (type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Fixed64:
                SkipBytes(8);
                break;
            case WireType.Length:
                SkipBytes(Length());
                break;
            case WireType.Fixed32:
                SkipBytes(4);
                break;
            case WireType.StartGroup when depth < MaxGroupDepth:
                SkipGroup(field, depth);
                break;
            case WireType.StartGroup:
                Fail(ProtoFault.GroupTooDeep);
                break;
            default:
                Fail(ProtoFault.UnexpectedEndGroup);
                break;
        }
    }

    private void SkipGroup(int group, int depth)
    {
        while (!HasFault)
        {
            if (IsAtEnd)
            {
                Truncated();
                return;
            }

            if (!ReadTag(out int field, out var type))
            {
                return;
            }

            if (type == WireType.EndGroup)
            {
                if (field != group)
                {
                    Fail(ProtoFault.UnexpectedEndGroup);
                }

                return;
            }

            Skip(type, field, depth + 1);
        }
    }

    private bool NextSlow()
    {
        bool read = ReadTag(out int field, out var type);
        Field = field;
        Type = type;
        return read && (type != WireType.EndGroup || Fail(ProtoFault.UnexpectedEndGroup));
    }

    private bool ReadTag(out int field, out WireType type)
    {
        ulong tag = Varint();
        field = (int)(tag >> 3) & 0x1FFF_FFFF;
        type = (WireType)(tag & 7);
        if (HasFault)
        {
            return false;
        }

        if (tag > uint.MaxValue || field == 0)
        {
            return Fail(ProtoFault.BadFieldNumber);
        }

        return type <= WireType.Fixed32 || Fail(ProtoFault.BadWireType);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Varint()
    {
        if ((uint)_position < (uint)_bytes.Length && _bytes[_position] < 128)
        {
            return _bytes[_position++];
        }

        return VarintSlow();
    }

    private ulong VarintSlow()
    {
        ulong value = 0;
        var rest = _bytes[_position..];
        for (int i = 0; i < 10; i++)
        {
            if (i >= rest.Length)
            {
                return Truncated();
            }

            value |= (ulong)(rest[i] & 0x7F) << (7 * i);
            if (rest[i] < 128)
            {
                _position += i + 1;
                return value;
            }
        }

        Fail(ProtoFault.VarintTooLong);
        return 0;
    }

    // At most what is left of the message; 0 with a fault otherwise.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Length()
    {
        ulong length = Varint();
        if (length <= (ulong)(_bytes.Length - _position))
        {
            return (int)length;
        }

        Truncated();
        return 0;
    }

    private void SkipBytes(int count)
    {
        if (_bytes.Length - _position < count)
        {
            Truncated();
            return;
        }

        _position += count;
    }

    private bool Advance(int count)
    {
        _position += count;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Expect(WireType type) => (Type == type && !HasFault) || Fail(ProtoFault.UnexpectedWireType);

    private ulong Truncated()
    {
        Fail(ProtoFault.Truncated);
        return 0;
    }

    private bool FailTag() => Fail(Type == WireType.EndGroup ? ProtoFault.UnexpectedEndGroup : ProtoFault.BadWireType);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Fail(ProtoFault fault)
    {
        if (Fault == ProtoFault.None)
        {
            Fault = fault;
        }

        return false;
    }
}
