using System.Globalization;

namespace MeshInsight.Anomaly.Sampling;

/// <summary>
/// Consistent probability sampling (OpenTelemetry specification, trace/tracestate-probability-sampling): a trace is kept when its 56 bits of
/// randomness R are at least the threshold T = (1 - p) 2^56, so every sampler that knows p decides alike, and 1 / p weighs the trace.
/// </summary>
public static class ConsistentSampling
{
    private const ulong Whole = 1UL << 56;

    /// <summary>Digits of <c>th</c> that are written: 5 hex digits keep the weight exact to one in a million.</summary>
    private const int Precision = 5;

    /// <summary>Smallest probability that <see cref="Precision"/> digits can tell from none.</summary>
    public const double LeastProbability = 1.0 / (1 << 20);

    /// <param name="probability">Clamped to [2^-20, 1].</param>
    /// <returns>T, rounded to <see cref="Precision"/> digits so that the text says exactly what was done.</returns>
    public static ulong Threshold(double probability)
    {
        double clamped = Math.Clamp(probability, LeastProbability, 1);
        ulong threshold = (ulong)Math.Round((1 - clamped) * Whole);
        const int Shift = 56 - (4 * Precision);
        ulong rounded = (threshold + (1UL << (Shift - 1))) >> Shift << Shift;
        return Math.Min(rounded, Whole - (1UL << Shift));
    }

    /// <summary>The probability that a threshold stands for; its inverse is the trace's weight.</summary>
    public static double Probability(ulong threshold) => (double)(Whole - threshold) / Whole;

    /// <param name="randomness">56 bits: <c>rv</c>, or the low 56 bits of the trace id.</param>
    public static bool Keep(ulong randomness, ulong threshold) => randomness >= threshold;

    /// <summary>The value of <c>th</c>: hex digits without trailing zeros, "0" for everything.</summary>
    public static string Text(ulong threshold)
    {
        string digits = threshold.ToString("x14", CultureInfo.InvariantCulture).TrimEnd('0');
        return digits.Length == 0 ? "0" : digits;
    }

    /// <summary>Reads a <c>th</c> value: 1 to 14 hex digits, padded on the right.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, out ulong threshold)
    {
        threshold = 0;
        if (text.Length is 0 or > 14 || !ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong digits))
        {
            return false;
        }

        threshold = digits << (4 * (14 - text.Length));
        return true;
    }
}
