using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.ControlPlane.Findings;

/// <summary>The comparison of two versions is a detector too: proven harm is a finding, so that it opens an incident even before any other detector has spoken.</summary>
internal static class ProvenHarm
{
    public const string IdPrefix = "rollout/";

    /// <param name="since">When the evidence began to point at the canary.</param>
    public static Finding Write(RolloutConfig rollout, Verdict verdict, DateTimeOffset since, bool isActive)
    {
        var subject = new Subject(SubjectScope.Version, rollout.Service, rollout.Canary);
        var cause = verdict.Cause.Length > 0 ? new Subject(SubjectScope.Edge, rollout.Service, rollout.Canary, Peer: verdict.Cause) : subject;
        bool isLatency = !verdict.Evidence.Any(e => e.Signal == "errors" && e.EValue >= e.Bound);
        return new Finding(
            $"{IdPrefix}{rollout.Name}/{since.ToUnixTimeMilliseconds()}",
            isLatency ? SignalKind.Latency : SignalKind.Errors,
            subject,
            isActive,
            since,
            verdict.At,
            1 - rollout.Alpha,
            isLatency ? verdict.Canary.P95Millis : Share(verdict.Canary.Errors, verdict.Canary.Requests),
            isLatency ? verdict.Stable.P95Millis : Share(verdict.Stable.Errors, verdict.Stable.Requests),
            verdict.Reason,
            [new SuspectedCause(cause, 1 - rollout.Alpha, [verdict.Reason])]);
    }

    private static double Share(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
