namespace MeshInsight.LoadGenerator;

/// <summary>When each request is due: the rate grows evenly from nothing over the ramp, since programs that have just started would answer a full load late.</summary>
internal sealed class Schedule(double ratePerSecond, TimeSpan ramp)
{
    private readonly double _ramp = ramp.TotalSeconds;

    private double RampRequests => ratePerSecond * _ramp / 2;

    /// <summary>Requests that are due by then, the first one at once.</summary>
    public long DueBy(TimeSpan elapsed)
    {
        double seconds = elapsed.TotalSeconds;
        double requests = seconds < _ramp ? ratePerSecond * seconds * seconds / (2 * _ramp) : RampRequests + (ratePerSecond * (seconds - _ramp));
        return (long)requests + 1;
    }

    /// <summary>When a request is due; the first has index 0.</summary>
    public TimeSpan TimeOf(long index) => TimeSpan.FromSeconds(
        index < RampRequests ? Math.Sqrt(2 * _ramp * index / ratePerSecond) : _ramp + ((index - RampRequests) / ratePerSecond));
}
