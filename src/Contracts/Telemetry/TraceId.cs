using System.Buffers.Binary;

namespace MeshInsight.Contracts.Telemetry;

/// <summary>A W3C trace id: 16 bytes, big-endian halves. All zero means "none".</summary>
public readonly record struct TraceId(ulong High, ulong Low)
{
    public const int SizeBytes = 16;

    public bool IsEmpty => (High | Low) == 0;

    /// <summary>The low 56 bits, which consistent probability sampling compares with its threshold (OpenTelemetry tracestate-probability-sampling).</summary>
    public ulong Randomness => Low & 0x00FF_FFFF_FFFF_FFFF;

    public static TraceId Read(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Low);
    }

    /// <summary>Reads 32 hex digits of either case.</summary>
    public static bool TryParse(ReadOnlySpan<byte> hex, out TraceId id)
    {
        id = default;
        if (hex.Length != 32 || !HexDigits.TryRead(hex[..16], out ulong high) || !HexDigits.TryRead(hex[16..], out ulong low))
        {
            return false;
        }

        id = new(high, low);
        return true;
    }

    public static bool TryParse(ReadOnlySpan<char> hex, out TraceId id)
    {
        id = default;
        if (hex.Length != 32 || !HexDigits.TryRead(hex[..16], out ulong high) || !HexDigits.TryRead(hex[16..], out ulong low))
        {
            return false;
        }

        id = new(high, low);
        return true;
    }

    /// <summary>Writes 32 lower-case hex digits.</summary>
    public void WriteHex(Span<byte> hex)
    {
        HexDigits.Write(High, hex);
        HexDigits.Write(Low, hex[16..]);
    }

    public override string ToString() => $"{High:x16}{Low:x16}";
}
