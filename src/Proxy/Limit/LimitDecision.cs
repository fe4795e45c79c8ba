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
}

/// <summary>What the limits say to one request.</summary>
/// <param name="Limit">The one that refuses; null when the request may pass.</param>
/// <param name="Rate">The rate that it was above.</param>
/// <param name="Wait">Ticks until a request might pass.</param>
internal readonly record struct LimitDecision(CompiledLimit? Limit, LimitReason Reason, RateConfig? Rate, long Wait)
{
    public static LimitDecision Pass { get; }

    public bool IsAllowed => Limit is null;
}
