using System.Text;

namespace MeshInsight.Contracts.Otlp.Decoding;

/// <summary>
/// Undoes the escapes of a JSON string whose syntax the reader has already checked. Half a surrogate pair, which JavaScript clients send when they cut a
/// text, becomes U+FFFD; the framework's own unescaping throws there.
/// </summary>
internal static class JsonEscapes
{
    /// <param name="output">At least as long as <paramref name="escaped"/>.</param>
    /// <returns>Bytes written.</returns>
    public static int Unescape(ReadOnlySpan<byte> escaped, Span<byte> output)
    {
        int written = 0;
        while (!escaped.IsEmpty)
        {
            int plain = escaped.IndexOf((byte)'\\');
            plain = plain < 0 ? escaped.Length : plain;
            escaped[..plain].CopyTo(output[written..]);
            written += plain;
            escaped = escaped[plain..];
            if (escaped.Length < 2)
            {
                break;
            }

            if (escaped[1] == (byte)'u' && escaped.Length >= 6)
            {
                var rune = ReadRune(escaped, out int consumed);
                written += rune.EncodeToUtf8(output[written..]);
                escaped = escaped[consumed..];
            }
            else
            {
                output[written++] = Simple(escaped[1]);
                escaped = escaped[2..];
            }
        }

        return written;
    }

    private static byte Simple(byte letter) => letter switch
    {
        (byte)'b' => (byte)'\b',
        (byte)'f' => (byte)'\f',
        (byte)'n' => (byte)'\n',
        (byte)'r' => (byte)'\r',
        (byte)'t' => (byte)'\t',
        _ => letter,
    };

    private static Rune ReadRune(ReadOnlySpan<byte> escaped, out int consumed)
    {
        char unit = ReadUnit(escaped);
        consumed = 6;
        if (!char.IsSurrogate(unit))
        {
            return new(unit);
        }

        if (char.IsHighSurrogate(unit) && escaped.Length >= 12 && escaped[6] == (byte)'\\' && escaped[7] == (byte)'u'
            && Rune.TryCreate(unit, ReadUnit(escaped[6..]), out var pair))
        {
            consumed = 12;
            return pair;
        }

        return Rune.ReplacementChar;
    }

    private static char ReadUnit(ReadOnlySpan<byte> escape)
    {
        int unit = 0;
        foreach (byte digit in escape[2..6])
        {
            unit = (unit << 4) | ((digit <= (byte)'9' ? digit - '0' : (digit | 0x20) - 'a' + 10) & 15);
        }

        return (char)unit;
    }
}
