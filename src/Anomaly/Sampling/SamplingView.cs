namespace MeshInsight.Anomaly.Sampling;

/// <summary>The ways in which a trace can be unusual. Each ranks it among recent traces on its own and may spend its part of the budget.</summary>
internal enum SamplingView
{
    /// <summary>One service took longer than usual, it explains the trace, and it does so in many traces now.</summary>
    Concentrated,

    /// <summary>A service took much longer than usual, in seconds.</summary>
    Excess,

    /// <summary>The whole trace took long for its path type.</summary>
    Duration,

    /// <summary>Its path type, or a call in it, is seldom seen.</summary>
    Rarity,

    /// <summary>Something failed that seldom does.</summary>
    Failure,

    /// <summary>An attribute has a value never seen.</summary>
    Novelty,
}
