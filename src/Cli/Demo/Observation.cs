using MeshInsight.Cli.Api;
using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.Cli.Demo;

/// <summary>What the mesh says about itself at one moment.</summary>
/// <param name="Elapsed">Since the warm-up ended.</param>
internal sealed record Observation(TimeSpan Elapsed, RolloutStatus? Rollout, IReadOnlyList<Incident> Incidents, IReadOnlyList<InstanceAnswer> Instances)
{
    /// <summary>The likeliest cause anybody named: an incident's, or the verdict's; empty while unknown.</summary>
    public string Cause
    {
        get
        {
            string named = Incidents.OrderByDescending(incident => incident.Cause?.Score ?? 0).FirstOrDefault()?.Cause?.Subject.ToString() ?? "";
            return named.Length > 0 ? named : Rollout?.Verdict.Cause ?? "";
        }
    }
}
