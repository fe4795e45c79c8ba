namespace MeshInsight.LoadGenerator;

/// <summary>How one request ended, and whose doing that was.</summary>
internal enum Outcome
{
    Ok,

    /// <summary>A service of the shop answered with an error and said so (<c>x-shop-failure: app …</c>).</summary>
    FailedByApp,

    /// <summary>A proxy answered in a service's place, a connection broke, or no answer came in time.</summary>
    FailedByMesh,

    /// <summary>Too many requests were waiting already; the shop never saw this one.</summary>
    NotSent,
}
