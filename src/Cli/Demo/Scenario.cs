namespace MeshInsight.Cli.Demo;

/// <summary>What goes wrong in a demo, and what the mesh is expected to do about it.</summary>
/// <param name="Rollout">File in demo/scenarios that is applied after the warm-up; null for none.</param>
/// <param name="SickInstance">Whose fault it is; null when nothing goes wrong.</param>
/// <param name="ErrorShare">Share of that instance's requests that fail, 0..1.</param>
/// <param name="FaultSeconds">How long it lasts; 0 means to the end.</param>
/// <param name="ExpectedCause">What the named cause must contain; null when any will do.</param>
/// <param name="Limit">How long a run may take without <c>--duration</c>.</param>
internal sealed record Scenario(
    string Name,
    string What,
    string? Rollout,
    string? SickInstance,
    double ErrorShare,
    double AddedLatencyMs,
    double FaultSeconds,
    string Expected,
    string? ExpectedCause,
    TimeSpan Limit)
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("bad", "checkout v2 fails a fifth of its requests: it must be rolled back", "rollout.yaml", ShopPlan.Canary, 0.2, 0, 0, Outcomes.RolledBack, "checkout", TimeSpan.FromMinutes(5)),
        new("healthy", "checkout v2 is fine: it must be promoted", "rollout-quick.yaml", null, 0, 0, 0, Outcomes.Promoted, null, TimeSpan.FromMinutes(6)),
        new("slow", "checkout v2 takes longer: it must be rolled back", "rollout.yaml", ShopPlan.Canary, 0, 120, 0, Outcomes.RolledBack, "checkout", TimeSpan.FromMinutes(5)),
        new("downstream", "payment fails for both versions: the rollout must be held, not rolled back", "rollout.yaml", ShopPlan.Payment, 0.3, 0, 0, Outcomes.Held, "payment", TimeSpan.FromMinutes(5)),
        new("degraded", "one instance of inventory is sick for a while: traffic must shift away from it, and back", null, ShopPlan.SickInstance, 0.3, 150, 45, Outcomes.ShiftedAndReturned, "inventory", TimeSpan.FromMinutes(6)),
        new("idle", "nothing goes wrong: no incident may be raised", null, null, 0, 0, 0, Outcomes.Quiet, null, TimeSpan.FromMinutes(2)),
    ];

    public static Scenario Named(string name) => All.Single(scenario => scenario.Name == name);
}
