using MeshInsight.Storage.Client;

namespace MeshInsight.Storage.Queries;

/// <summary>
/// A window cut into steps, and the table to read it from. Both ends are moved outward to whole steps, so that every point covers a whole step and
/// the coarse tables give the same counts as the fine one.
/// </summary>
internal sealed class SeriesGrid
{
    private SeriesGrid(TimeWindow window, long stepSeconds, string suffix)
    {
        StepSeconds = stepSeconds;
        Suffix = suffix;
        FromSeconds = Floor(window.From.ToUnixTimeSeconds(), stepSeconds);
        ToSeconds = Math.Max(FromSeconds + stepSeconds, Floor(window.To.ToUnixTimeSeconds() + stepSeconds - 1, stepSeconds));
    }

    public long StepSeconds { get; }

    public long FromSeconds { get; }

    public long ToSeconds { get; }

    public int Count => (int)((ToSeconds - FromSeconds) / StepSeconds);

    /// <summary>Of the table's name: empty, <c>_10s</c> or <c>_1m</c>.</summary>
    public string Suffix { get; }

    public QueryParameter[] Parameters =>
        [QueryParameter.Of("from", FromSeconds), QueryParameter.Of("to", ToSeconds), QueryParameter.Of("step", StepSeconds)];

    /// <exception cref="ArgumentOutOfRangeException">Below 1 s, or more points than a chart can show.</exception>
    public static SeriesGrid Of(TimeWindow window, TimeSpan step)
    {
        long seconds = (long)step.TotalSeconds;
        ArgumentOutOfRangeException.ThrowIfLessThan(seconds, 1, nameof(step));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(window.Length.TotalSeconds / seconds, 20_000, nameof(window));
        string suffix = seconds % 60 == 0 ? "_1m" : seconds % 10 == 0 ? "_10s" : "";
        return new(window, seconds, suffix);
    }

    /// <summary>For one number over the whole window: the finest table that is still quick to read.</summary>
    public static SeriesGrid Whole(TimeWindow window) =>
        Of(window, TimeSpan.FromSeconds(window.Length.TotalMinutes switch { <= 5 => 1, <= 120 => 10, <= 10_000 => 60, _ => 3600 }));

    public DateTimeOffset TimeOf(int index) => DateTimeOffset.FromUnixTimeSeconds(FromSeconds + (index * StepSeconds));

    private static long Floor(long seconds, long step) => seconds / step * step;
}
