using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.ControlPlane.Loop;

/// <summary>Whether an active finding blames something that both arms of a rollout depend on.</summary>
internal static class DependencyBlame
{
    /// <summary>A holding costs little, a step into an outage more: half sure is enough.</summary>
    private const double MinimumScore = 0.5;

    /// <param name="callees">Services that the rollout's service was seen to call.</param>
    /// <returns>The dependency; empty for none.</returns>
    public static string Find(RolloutConfig rollout, IReadOnlyList<Finding> findings, IReadOnlyCollection<string> callees)
    {
        foreach (var finding in findings)
        {
            if (finding.Causes is [{ Score: >= MinimumScore } cause, ..] && Blames(rollout, finding, cause.Subject, callees) is { Length: > 0 } blamed)
            {
                return blamed;
            }
        }

        return "";
    }

    private static string Blames(RolloutConfig rollout, Finding finding, Subject cause, IReadOnlyCollection<string> callees)
    {
        if (cause.Service == rollout.Service)
        {
            // Its own calls to a callee, whichever version makes them. Those of one version alone are that version's doing.
            return cause is { Scope: SubjectScope.Edge, Version: "" } ? cause.Peer : "";
        }

        return finding.Subject.Service == rollout.Service || callees.Contains(cause.Service) ? cause.ToString() : "";
    }
}
