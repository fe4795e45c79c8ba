namespace MeshInsight.Storage.Queries;

/// <summary>From (included) to To (excluded).</summary>
public readonly record struct TimeWindow(DateTimeOffset From, DateTimeOffset To)
{
    public TimeSpan Length => To - From;

    public static TimeWindow Last(TimeSpan length, TimeProvider clock) => new(clock.GetUtcNow() - length, clock.GetUtcNow());

    /// <summary>A step that gives at most <paramref name="points"/> points: 1, 2, 5, 10, 30 s, 1, 2, 5, 10, 30 min, 1, 2, 6 h, 1 d.</summary>
    public TimeSpan StepFor(int points)
    {
        foreach (int seconds in (ReadOnlySpan<int>)[1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600])
        {
            if (Length.TotalSeconds <= (double)seconds * points)
            {
                return TimeSpan.FromSeconds(seconds);
            }
        }

        return TimeSpan.FromDays(1);
    }
}
