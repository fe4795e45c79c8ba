namespace MeshInsight.Contracts.Telemetry;

/// <summary>64-bit numbers as 16 hex digits, without strings.</summary>
internal static class HexDigits
{
    private static ReadOnlySpan<byte> Lower => "0123456789abcdef"u8;

    public static bool TryRead(ReadOnlySpan<byte> hex, out ulong value)
    {
        value = 0;
        if (hex.Length > 16)
        {
            return false;
        }

        foreach (byte digit in hex)
        {
            int nibble = Nibble(digit);
            if (nibble < 0)
            {
                return false;
            }

            value = (value << 4) | (uint)nibble;
        }

        return true;
    }

    public static bool TryRead(ReadOnlySpan<char> hex, out ulong value)
    {
        value = 0;
        if (hex.Length > 16)
        {
            return false;
        }

        foreach (char digit in hex)
        {
            int nibble = digit < 128 ? Nibble((byte)digit) : -1;
            if (nibble < 0)
            {
                return false;
            }

            value = (value << 4) | (uint)nibble;
        }

        return true;
    }

    public static void Write(ulong value, Span<byte> hex)
    {
        for (int i = 15; i >= 0; i--)
        {
            hex[i] = Lower[(int)(value & 0xF)];
            value >>= 4;
        }
    }

    private static int Nibble(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        _ => -1,
    };
}
