using MeshInsight.Cli.Api;
using MeshInsight.Cli.Demo;
using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.Cli.Tests.Demo;

/// <summary>What the mesh might say.</summary>
internal static class Observations
{
    private static readonly DateTimeOffset s_at = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static Observation Nothing(double seconds) => new(TimeSpan.FromSeconds(seconds), null, [], []);

    public static Observation Rollout(double seconds, RolloutPhase phase, int weight, int? confirmed, string cause = "")
    {
        var arm = new ArmCounts("v1", 100, 0, 5, 5, 10, 20);
        var verdict = new Verdict(VerdictKind.NotEnoughData, s_at, "a reason", arm, arm with { Version = "v2" }, [], cause);
        var config = new RolloutConfig("checkout-v2", "checkout", "v1", "v2", [10, 100], 0.01, 100, ["errors"], OnHarm.RollBack);
        return Nothing(seconds) with { Rollout = new RolloutStatus(config, phase, 0, weight, confirmed, s_at, s_at, null, false, 0, verdict, []) };
    }

    public static Observation With(this Observation observation, Incident incident) => observation with { Incidents = [incident] };

    public static Incident Incident(string? cause)
    {
        var subject = new Subject(SubjectScope.Service, cause ?? "");
        return new Incident("i1", "payment fails", s_at, s_at, null, cause is null ? null : new SuspectedCause(subject, 0.9, ["30 % of its answers are errors"]), [], [], []);
    }

    public static Observation Keeps(double seconds, string instance, int percent) => Nothing(seconds) with
    {
        Instances = [new InstanceAnswer(instance, "inventory", "v1", "", "127.0.0.1:1", "127.0.0.1:2", ClusterProtocol.Http, true, percent, 1, [], s_at)],
    };
}
