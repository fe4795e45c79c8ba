using System.Globalization;

namespace MeshInsight.Grpc.Framing;

/// <summary>The value of <c>grpc-timeout</c>: at most eight digits and a unit (H M S m u n).</summary>
internal static class GrpcTimeout
{
    private const int MaximumDigits = 8;
    private const long MaximumValue = 99_999_999;

    public static bool TryParse(string? text, out TimeSpan timeout)
    {
        timeout = default;
        if (text is null || text.Length < 2 || text.Length > MaximumDigits + 1
            || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long value))
        {
            return false;
        }

        long ticks = text[^1] switch
        {
            'n' => value / TimeSpan.NanosecondsPerTick,
            'u' => value * TimeSpan.TicksPerMicrosecond,
            'm' => value * TimeSpan.TicksPerMillisecond,
            'S' => value * TimeSpan.TicksPerSecond,
            'M' => value * TimeSpan.TicksPerMinute,
            // Eight digits of hours do not fit; a deadline in ten thousand years is none.
            'H' => Math.Min(value, TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerHour) * TimeSpan.TicksPerHour,
            _ => -1,
        };
        timeout = TimeSpan.FromTicks(Math.Max(ticks, 0));
        return ticks >= 0;
    }

    /// <summary>Rounds up, so that the peer never gives up before we do.</summary>
    public static string Format(TimeSpan timeout)
    {
        long milliseconds = Math.Max(1, (long)Math.Ceiling(timeout.TotalMilliseconds));
        return milliseconds <= MaximumValue
            ? string.Create(CultureInfo.InvariantCulture, $"{milliseconds}m")
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Min(MaximumValue, (milliseconds + 999) / 1000)}S");
    }
}
