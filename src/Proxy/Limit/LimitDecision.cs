using MeshInsight.Contracts.Limits;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Limit;

/// <summary>Which rate a request was above; also the metric's label.</summary>
internal enum LimitReason
{
    None,

    /// <summary>Of all callers together.</summary>
    Total,

    /// <summary>Of one caller.</summary>
    Identity,

    /// <summary>Of callers that have a rate of their own.</summary>
    Override,

    /// <summary>Of all sidecars together.</summary>
    Global,

    /// <summary>Of all sidecars together, and the control plane that counts them is away.</summary>
    Away,
}

/// <summary>A request that has to wait for tokens of a global limit, and where its decision goes on after that.</summary>
/// <param name="Next">Index of the first limit that has not been asked.</param>
internal readonly record struct PendingTake(CompiledLimit Limit, LimitKey Key, TokenStock Stock, Task Arrival, int Next);

/// <summary>What the limits say to one request.</summary>
/// <param name="Limit">The one that refuses; null when the request may pass.</param>
/// <param name="Rate">The rate that it was above.</param>
/// <param name="Wait">Ticks until a request might pass.</param>
internal readonly record struct LimitDecision(CompiledLimit? Limit, LimitReason Reason, RateConfig? Rate, long Wait)
{
    public static LimitDecision Pass { get; }

    public bool IsAllowed => Limit is null && Pending is null;

    /// <summary>Set when nothing is decided yet.</summary>
    public PendingTake? Pending { get; init; }
}
