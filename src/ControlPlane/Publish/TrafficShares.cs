namespace MeshInsight.ControlPlane.Publish;

/// <summary>Who gets how much, beside what routes say. Immutable; only the Shift stage makes new ones.</summary>
/// <param name="Splits">By service, for services with a rollout.</param>
/// <param name="KeepPercent">By instance id, for instances that traffic is shifted away from.</param>
internal sealed record TrafficShares(IReadOnlyDictionary<string, VersionSplit> Splits, IReadOnlyDictionary<string, int> KeepPercent)
{
    public static TrafficShares None { get; } = new(new Dictionary<string, VersionSplit>(), new Dictionary<string, int>());
}

/// <param name="CanaryPercent">0..100 of the service's requests; the rest goes to <paramref name="Stable"/>.</param>
internal readonly record struct VersionSplit(string Stable, string Canary, int CanaryPercent);
