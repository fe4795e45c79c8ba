using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace MeshInsight.Contracts.Otlp.Wire;

/// <summary>
/// Writes protobuf forward into one rented buffer. A nested message's length is only known at its end: <see cref="Begin"/> keeps room for the
/// usual length prefix and <see cref="End"/> fills it in, moving the content when the prefix came out longer or shorter, so lengths are minimal.
/// Dispose returns the buffer.
/// </summary>
internal ref struct ProtoWriter(int sizeHint)
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(sizeHint);
    private int _position;

    public readonly ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _position);

    public readonly void CopyTo(IBufferWriter<byte> output) => output.Write(Written);

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _position = 0;
    }

    /// <summary>Opens a nested message.</summary>
    /// <param name="prefixBytes">Expected size of its length prefix: 1 below 128 bytes of content, 2 below 16 KiB, 3 below 2 MiB. Only speed depends on it.</param>
    /// <returns>The mark that <see cref="End"/> wants.</returns>
    public int Begin(int field, int prefixBytes = 1)
    {
        WriteTag(field, WireType.Length);
        Ensure(prefixBytes);
        _position += prefixBytes;
        return _position;
    }

    public void End(int mark, int prefixBytes = 1)
    {
        int length = _position - mark;
        int needed = Varint.Size((ulong)length);
        int prefix = mark - prefixBytes;
        if (needed != prefixBytes)
        {
            Ensure(needed);
            _buffer.AsSpan(mark, length).CopyTo(_buffer.AsSpan(prefix + needed));
        }

        _position = prefix;
        WriteVarint((ulong)length);
        _position += length;
    }

    /// <summary>Bytes or text; an empty value is the default and is left out.</summary>
    public void WriteBytes(int field, scoped ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            WriteBytesAlways(field, value);
        }
    }

    /// <summary>For members of a oneof, where empty differs from absent.</summary>
    public void WriteBytesAlways(int field, scoped ReadOnlySpan<byte> value)
    {
        WriteTag(field, WireType.Length);
        Ensure(10 + value.Length);
        WriteVarint((ulong)value.Length);
        value.CopyTo(_buffer.AsSpan(_position));
        _position += value.Length;
    }

    public void WriteVarint(int field, ulong value)
    {
        if (value != 0)
        {
            WriteVarintAlways(field, value);
        }
    }

    public void WriteVarintAlways(int field, ulong value)
    {
        WriteTag(field, WireType.Varint);
        WriteVarint(value);
    }

    public void WriteFixed64(int field, ulong value)
    {
        if (value != 0)
        {
            WriteFixed64Always(field, value);
        }
    }

    public void WriteFixed64Always(int field, ulong value)
    {
        WriteTag(field, WireType.Fixed64);
        WriteRawFixed64(value);
    }

    public void WriteFixed32(int field, uint value)
    {
        if (value != 0)
        {
            WriteTag(field, WireType.Fixed32);
            Ensure(4);
            BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(_position), value);
            _position += 4;
        }
    }

    public void WriteDoubleAlways(int field, double value) => WriteFixed64Always(field, BitConverter.DoubleToUInt64Bits(value));

    /// <summary>NaN stands for absent (`optional double`).</summary>
    public void WritePresentDouble(int field, double value)
    {
        if (!double.IsNaN(value))
        {
            WriteDoubleAlways(field, value);
        }
    }

    public void WritePackedFixed(int field, ReadOnlySpan<ulong> values)
    {
        if (values.IsEmpty)
        {
            return;
        }

        BeginPackedFixed(field, values.Length);
        foreach (ulong value in values)
        {
            WriteRawFixed64(value);
        }
    }

    public void WritePackedDoubles(int field, ReadOnlySpan<double> values)
    {
        if (values.IsEmpty)
        {
            return;
        }

        BeginPackedFixed(field, values.Length);
        foreach (double value in values)
        {
            WriteRawFixed64(BitConverter.DoubleToUInt64Bits(value));
        }
    }

    public void WritePackedVarints(int field, ReadOnlySpan<ulong> values)
    {
        if (values.IsEmpty)
        {
            return;
        }

        int mark = Begin(field);
        foreach (ulong value in values)
        {
            Ensure(10);
            WriteVarint(value);
        }

        End(mark);
    }

    private void BeginPackedFixed(int field, int count)
    {
        WriteTag(field, WireType.Length);
        Ensure(10);
        WriteVarint(8 * (ulong)count);
    }

    private void WriteTag(int field, WireType type)
    {
        Ensure(20);
        WriteVarint(((ulong)field << 3) | (uint)type);
    }

    private void WriteRawFixed64(ulong value)
    {
        Ensure(8);
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.AsSpan(_position), value);
        _position += 8;
    }

    // Room was ensured by the caller.
    private void WriteVarint(ulong value) => _position += Varint.Write(_buffer.AsSpan(_position), value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Ensure(int count)
    {
        if (_buffer.Length - _position < count)
        {
            Grow(count);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int count)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(_position + count), (int)Math.Min(Array.MaxLength, 2L * _buffer.Length)));
        Written.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
