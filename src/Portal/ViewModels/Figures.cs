using System.Globalization;

namespace MeshInsight.Portal.ViewModels;

/// <summary>Numbers as people read them: three significant digits, the unit always there, a no-break space between. Unknown is an en dash, never a zero.</summary>
public static class Figures
{
    public const string Unknown = "–";

    private const char Space = '\u00a0';

    public static string Rate(double perSecond) => double.IsFinite(perSecond) ? Short(perSecond) + Space + "req/s" : Unknown;

    public static string Millis(double millis) => millis switch
    {
        double.NaN => Unknown,
        >= 10_000 => Three(millis / 1000) + Space + "s",
        _ => Three(millis) + Space + "ms",
    };

    /// <param name="share">0..1.</param>
    public static string Share(double share)
    {
        double percent = share * 100;
        return percent switch
        {
            double.NaN => Unknown,
            0 => $"0{Space}%",
            < 0.01 => $"<{Space}0.01{Space}%",
            < 1 => Text(percent, "0.##") + Space + "%",
            < 10 => Text(percent, "0.#") + Space + "%",
            > 99 and < 100 => Text(Math.Floor(percent * 100) / 100, "0.##") + Space + "%",
            _ => Text(percent, "0") + Space + "%",
        };
    }

    public static string Count(double count) => double.IsFinite(count) ? Text(count, "#,0").Replace(',', Space) : Unknown;

    /// <summary>1,240 as 1.24k.</summary>
    public static string Short(double value) => Math.Abs(value) switch
    {
        double.NaN => Unknown,
        >= 999_500 => Three(value / 1_000_000) + "M",
        >= 999.5 => Three(value / 1000) + "k",
        _ => Three(value),
    };

    public static string Length(TimeSpan length) => length.TotalSeconds switch
    {
        < 0.9995 => Text(length.TotalMilliseconds, "0") + Space + "ms",
        < 9.95 => Text(length.TotalSeconds, "0.0") + Space + "s",
        < 60 => Text(Math.Floor(length.TotalSeconds), "0") + Space + "s",
        < 3600 => $"{(int)length.TotalMinutes}{Space}min" + (length.Seconds > 0 && length.TotalMinutes < 10 ? $" {length.Seconds}{Space}s" : ""),
        < 86_400 => $"{(int)length.TotalHours}{Space}h" + (length.Minutes > 0 ? $" {length.Minutes}{Space}min" : ""),
        _ => $"{(int)length.TotalDays}{Space}d" + (length.Hours > 0 ? $" {length.Hours}{Space}h" : ""),
    };

    public static string Ago(DateTimeOffset then, DateTimeOffset now) =>
        now - then < TimeSpan.FromSeconds(1) ? "just now" : Length(TimeSpan.FromSeconds(Math.Floor((now - then).TotalSeconds))) + " ago";

    /// <summary>Time of day, UTC.</summary>
    public static string Clock(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>For hovers: everything there is.</summary>
    public static string Exact(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture) + " UTC";

    public static string Exact(double value) => double.IsFinite(value) ? value.ToString("#,0.######", CultureInfo.InvariantCulture) : "unknown";

    /// <summary>A number for markup: invariant, at most two decimals.</summary>
    public static string Css(double value) => Text(value, "0.##");

    private static string Three(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 99.95 => Text(value, "#,0"),
        >= 9.995 => Text(value, "0.0"),
        >= 0.9995 => Text(value, "0.00"),
        >= 0.0095 => Text(value, "0.###"),
        _ => Text(value, "0.####"),
    };

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
