namespace MeshInsight.Cli.Demo;

/// <summary>How a demo is run.</summary>
/// <param name="Duration">Bounds the whole run after the warm-up; null takes the scenario's limit.</param>
/// <param name="WarmUp">Traffic before anything is done to the shop, so that the mesh learns what normal looks like.</param>
/// <param name="FaultAfter">From the start of v2 (or the end of the warm-up) to the fault.</param>
/// <param name="StayOpen">Go on after the outcome until interrupted or <paramref name="Duration"/> is over, for a person who wants to look around.</param>
internal sealed record DemoOptions(Scenario Scenario, TimeSpan? Duration, double RatePerSecond, TimeSpan WarmUp, TimeSpan FaultAfter, bool StayOpen)
{
    public TimeSpan Limit => Duration ?? Scenario.Limit;
}
