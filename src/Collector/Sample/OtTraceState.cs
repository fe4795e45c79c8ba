using System.Text;
using MeshInsight.Anomaly.Sampling;

namespace MeshInsight.Collector.Sample;

/// <summary>
/// The <c>ot</c> member of a W3C tracestate: <c>ot=th:fd70a4;rv:0123456789abcd</c> (OpenTelemetry specification, trace/tracestate-handling).
/// </summary>
/// <param name="Threshold">T of the sampler before us; null when it left none.</param>
/// <param name="IsUnknown">There is a <c>th</c> that cannot be read, so the probability is unknown and the <c>th</c> must go.</param>
/// <param name="Randomness">R from <c>rv</c>; null when R is the trace id's.</param>
internal readonly record struct OtTraceState(ulong? Threshold, bool IsUnknown, ulong? Randomness)
{
    /// <summary>Length limit of the member's value.</summary>
    private const int LongestValue = 256;

    public static OtTraceState Read(ReadOnlySpan<byte> traceState)
    {
        var value = Value(traceState, out _, out _);
        ulong? threshold = null;
        ulong? randomness = null;
        bool unknown = false;
        foreach (var range in value.Split((byte)';'))
        {
            var part = value[range];
            if (part.StartsWith("th:"u8))
            {
                unknown = !TryReadThreshold(part[3..], out ulong read);
                threshold = unknown ? null : read;
            }
            else if (part.StartsWith("rv:"u8) && part.Length == 17 && TryReadThreshold(part[3..], out ulong read))
            {
                // 14 digits: the right padding of a threshold changes nothing.
                randomness = read;
            }
        }

        return new(threshold, unknown, randomness);
    }

    /// <summary>
    /// The tracestate with another threshold, our member leftmost; every other member and subkey stays.
    /// </summary>
    /// <param name="threshold">Null takes <c>th</c> out: the probability is unknown.</param>
    /// <returns>Bytes written. <paramref name="output"/> needs <see cref="LongestGrowth"/> bytes more than the input.</returns>
    public static int Write(ReadOnlySpan<byte> traceState, ulong? threshold, Span<byte> output)
    {
        var value = Value(traceState, out int start, out int end);
        int length = 0;
        Append("ot="u8, output, ref length);
        if (threshold is { } known)
        {
            Append("th:"u8, output, ref length);
            length += Encoding.ASCII.GetBytes(ConsistentSampling.Text(known), output[length..]);
        }

        foreach (var range in value.Split((byte)';'))
        {
            var part = value[range];
            if (part.IsEmpty || part.StartsWith("th:"u8) || length - 3 + 1 + part.Length > LongestValue)
            {
                continue;
            }

            if (length > 3)
            {
                output[length++] = (byte)';';
            }

            Append(part, output, ref length);
        }

        // Nothing to say: no empty member.
        length = length == 3 ? 0 : length;
        AppendMembers(traceState[..start], output, ref length);
        AppendMembers(traceState[end..], output, ref length);
        return length;
    }

    public const int LongestGrowth = 3 + 3 + 14 + 4;

    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> traceState, out int start, out int end)
    {
        start = 0;
        while (start < traceState.Length)
        {
            int comma = traceState[start..].IndexOf((byte)',');
            end = comma < 0 ? traceState.Length : start + comma;
            var member = traceState[start..end].Trim(" \t"u8);
            if (member.StartsWith("ot="u8))
            {
                return member[3..];
            }

            start = end + 1;
        }

        start = end = traceState.Length;
        return default;
    }

    private static void AppendMembers(ReadOnlySpan<byte> members, Span<byte> output, ref int length)
    {
        var trimmed = members.Trim(", \t"u8);
        if (trimmed.IsEmpty)
        {
            return;
        }

        if (length > 0)
        {
            output[length++] = (byte)',';
        }

        Append(trimmed, output, ref length);
    }

    private static void Append(ReadOnlySpan<byte> text, Span<byte> output, ref int length)
    {
        text.CopyTo(output[length..]);
        length += text.Length;
    }

    private static bool TryReadThreshold(ReadOnlySpan<byte> digits, out ulong threshold)
    {
        Span<char> text = stackalloc char[14];
        threshold = 0;
        return digits.Length is > 0 and <= 14
            && Encoding.ASCII.TryGetChars(digits, text, out int length)
            && ConsistentSampling.TryRead(text[..length], out threshold);
    }
}
