namespace MeshInsight.Contracts.Rollouts;

public enum VerdictKind
{
    /// <summary>Not enough requests to say anything.</summary>
    NotEnoughData,

    /// <summary>Enough requests, no sign of harm.</summary>
    NoHarmSeen,

    /// <summary>E-value at or above 1 / alpha.</summary>
    HarmProven,

    /// <summary>Both arms are worse than before: the cause is shared, the canary is not to blame.</summary>
    SharedCause,
}

/// <summary>One arm's counts since the rollout (or step) began.</summary>
/// <param name="Slow">Requests above the stable arm's p95.</param>
public sealed record ArmCounts(string Version, long Requests, long Errors, long Slow, double P50Millis, double P95Millis, double P99Millis);

/// <summary>One sequential test: a supermartingale under "the canary is no worse", so that P(EValue ever ≥ 1/alpha) ≤ alpha (Ville).</summary>
/// <param name="Signal">"errors", "latency", or "errors: checkout → payment" for one downstream edge.</param>
/// <param name="Bound">1 / the alpha spent on this signal.</param>
/// <param name="Dispersion">Estimated index of dispersion of the events; 1 when requests fail independently.</param>
public sealed record EvidenceMeter(string Signal, double EValue, double Bound, double Dispersion);

/// <summary>What the evidence says, without saying what to do.</summary>
public sealed record Verdict(
    VerdictKind Kind,
    DateTimeOffset At,
    string Reason,
    ArmCounts Stable,
    ArmCounts Canary,
    IReadOnlyList<EvidenceMeter> Evidence,
    string Cause = "");
