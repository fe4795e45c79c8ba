using System.Buffers.Binary;

namespace MeshInsight.Contracts.Telemetry;

/// <summary>A W3C span id: 8 bytes, big-endian. Zero means "none".</summary>
public readonly record struct SpanId(ulong Value)
{
    public const int SizeBytes = 8;

    public bool IsEmpty => Value == 0;

    public static SpanId Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt64BigEndian(bytes));

    public void Write(Span<byte> bytes) => BinaryPrimitives.WriteUInt64BigEndian(bytes, Value);

    /// <summary>Reads 16 hex digits of either case.</summary>
    public static bool TryParse(ReadOnlySpan<byte> hex, out SpanId id)
    {
        bool read = HexDigits.TryRead(hex, out ulong value) && hex.Length == 16;
        id = read ? new(value) : default;
        return read;
    }

    public static bool TryParse(ReadOnlySpan<char> hex, out SpanId id)
    {
        bool read = HexDigits.TryRead(hex, out ulong value) && hex.Length == 16;
        id = read ? new(value) : default;
        return read;
    }

    /// <summary>Writes 16 lower-case hex digits.</summary>
    public void WriteHex(Span<byte> hex) => HexDigits.Write(Value, hex);

    public override string ToString() => $"{Value:x16}";
}
