namespace MeshInsight.Cli.Demo;

/// <summary>Moments of a run, as seconds since the command began or wall-clock times to subtract from each other.</summary>
internal sealed class DemoClock(TimeProvider clock)
{
    private readonly long _begun = clock.GetTimestamp();

    public TimeSpan Elapsed => clock.GetElapsedTime(_begun);

    public double? SecondsToReady { get; private set; }

    public double? SecondsToFirstTrace { get; private set; }

    public DateTimeOffset? FirstFailureAt { get; set; }

    public DateTimeOffset? WeightZeroAt { get; private set; }

    public DateTimeOffset? IncidentAt { get; private set; }

    public bool IsPortalOpen { get; private set; }

    public void PortalOpen() => IsPortalOpen = true;

    public void Ready() => SecondsToReady ??= Round(Elapsed);

    public void FirstTrace() => SecondsToFirstTrace ??= Round(Elapsed);

    public void WeightZero() => WeightZeroAt ??= clock.GetUtcNow();

    public void Incident() => IncidentAt ??= clock.GetUtcNow();

    public double? SinceFirstFailure(DateTimeOffset? at) => at is { } then && FirstFailureAt is { } first && then >= first ? Round(then - first) : null;

    public static double Round(TimeSpan time) => Math.Round(time.TotalSeconds, 2);
}
