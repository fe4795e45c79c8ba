using System.Globalization;

namespace MeshInsight.Contracts.Findings;

/// <summary>Numbers in sentences, the same whoever writes the sentence: a space before the unit, two or three digits, invariant.</summary>
public static class Readable
{
    /// <param name="share">0..1; NaN is said to be unknown.</param>
    public static string Percent(double share) => double.IsNaN(share) ? "unknown" : Number(share * 100) + " %";

    /// <param name="millis">Milliseconds; NaN is said to be unknown.</param>
    public static string Millis(double millis) => double.IsNaN(millis) ? "unknown" : Number(millis) + " ms";

    public static string Number(double value)
    {
        string format = Math.Abs(value) switch
        {
            >= 10 => "0",
            >= 1 => "0.#",
            _ => "0.##",
        };
        return value.ToString(format, CultureInfo.InvariantCulture);
    }
}
