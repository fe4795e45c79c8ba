namespace MeshInsight.Anomaly.Sampling;

/// <summary>
/// Whether to stop looking at traces and keep them by chance alone, by how full the memory for undecided traces is:
/// off → on at <paramref name="onAt"/>; on → off below <paramref name="offBelow"/>, and not before <paramref name="leastSeconds"/> have passed, so that it does not flap.
/// </summary>
/// <param name="onAt">0 to 1 of the ceiling.</param>
/// <param name="offBelow">Less than <paramref name="onAt"/>.</param>
public sealed class StressRelief(double onAt = 0.9, double offBelow = 0.75, double leastSeconds = 10)
{
    private long _since;

    public bool IsOn { get; private set; }

    /// <summary>Times it went on.</summary>
    public long Times { get; private set; }

    /// <param name="use">0 upward; 1 is the ceiling.</param>
    public bool Update(double use, long nowUnixNanos)
    {
        if (!IsOn && use >= onAt)
        {
            IsOn = true;
            Times++;
            _since = nowUnixNanos;
        }
        else if (IsOn && use < offBelow && nowUnixNanos - _since >= leastSeconds * 1e9)
        {
            IsOn = false;
        }

        return IsOn;
    }
}
