using System.Globalization;
using System.Text.Unicode;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Decoding;

/// <summary>
/// Appends JSON to a batch's text, for attribute values that are arrays or lists (docs/decisions/0011-nested-values-as-json.md).
/// A double always shows a point or an exponent, so that reading it back tells it from an integer; NaN and infinities are texts, bytes base64.
/// </summary>
internal static class JsonText
{
    public static void AppendText(TextHeap heap, ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text))
        {
            text = System.Text.Encoding.UTF8.GetBytes(Utf8Repair.Repair(text));
        }

        heap.Add("\""u8);
        while (!text.IsEmpty)
        {
            int plain = text.IndexOfAnyInRange((byte)0, (byte)31);
            int special = text.IndexOfAny((byte)'"', (byte)'\\');
            int next = plain < 0 ? special : special < 0 ? plain : Math.Min(plain, special);
            if (next < 0)
            {
                heap.Add(text);
                break;
            }

            heap.Add(text[..next]);
            AppendEscaped(heap, text[next]);
            text = text[(next + 1)..];
        }

        heap.Add("\""u8);
    }

    public static void AppendInt(TextHeap heap, long value)
    {
        Span<byte> digits = stackalloc byte[20];
        value.TryFormat(digits, out int written, default, CultureInfo.InvariantCulture);
        heap.Add(digits[..written]);
    }

    public static void AppendDouble(TextHeap heap, double value)
    {
        Span<byte> digits = stackalloc byte[32];
        value.TryFormat(digits, out int written, "R", CultureInfo.InvariantCulture);
        var text = digits[..written];
        if (!double.IsFinite(value))
        {
            AppendText(heap, text);
            return;
        }

        heap.Add(text);
        if (text.IndexOfAny((byte)'.', (byte)'E') < 0)
        {
            heap.Add(".0"u8);
        }
    }

    public static void AppendBool(TextHeap heap, bool value) => heap.Add(value ? "true"u8 : "false"u8);

    public static void AppendNull(TextHeap heap) => heap.Add("null"u8);

    public static void AppendBase64(TextHeap heap, ReadOnlySpan<byte> bytes)
    {
        heap.Add("\""u8);
        Base64Text.Add(heap, bytes);
        heap.Add("\""u8);
    }

    private static void AppendEscaped(TextHeap heap, byte special)
    {
        switch (special)
        {
            case (byte)'"':
                heap.Add("\\\""u8);
                break;
            case (byte)'\\':
                heap.Add("\\\\"u8);
                break;
            case (byte)'\n':
                heap.Add("\\n"u8);
                break;
            case (byte)'\r':
                heap.Add("\\r"u8);
                break;
            case (byte)'\t':
                heap.Add("\\t"u8);
                break;
            default:
                heap.Add("\\u00"u8);
                heap.Add([Hex(special >> 4), Hex(special & 15)]);
                break;
        }
    }

    private static byte Hex(int nibble) => (byte)(nibble < 10 ? '0' + nibble : 'a' + nibble - 10);
}
