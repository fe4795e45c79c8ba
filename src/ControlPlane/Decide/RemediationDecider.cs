using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.ControlPlane.Catalog;

namespace MeshInsight.ControlPlane.Decide;

/// <summary>Which sick instances lose their traffic, and which get it back. Pure, as <see cref="RolloutDecider"/>.</summary>
internal static class RemediationDecider
{
    /// <summary>A finding that was there when the instance was taken back says nothing about it now.</summary>
    public static readonly TimeSpan Cooldown = TimeSpan.FromSeconds(10);

    /// <summary>Shorter shifts would measure the shift, not the instance.</summary>
    public static readonly TimeSpan ShiftAtLeast = TimeSpan.FromSeconds(10);

    /// <summary>Without traffic there is nothing to measure; once its findings are over for so long, it is tried.</summary>
    public static readonly TimeSpan BlindReturnAfter = TimeSpan.FromSeconds(60);

    /// <summary>So many good requests outweigh a finding that has not noticed yet.</summary>
    public const int PlentyOfRequests = 3 * Recovery.MinimumRequests;

    public static IReadOnlyList<RemediationMove> Decide(IReadOnlyList<RemediationConfig> remediations, RemediationView view, DateTimeOffset now)
    {
        var moves = new List<RemediationMove>();
        foreach (var shift in view.Shifts.Values)
        {
            if (Return(shift, view, now) is { } back)
            {
                moves.Add(back);
            }
        }

        foreach (var remediation in remediations)
        {
            foreach (var finding in Matching(remediation, view))
            {
                if (Away(remediation, finding, view, moves, now) is { } move)
                {
                    moves.Add(move);
                }
            }
        }

        return moves;
    }

    // The subject itself, or an instance that a finding about its service blames: the symptom may be seen a level above.
    private static IEnumerable<(Finding Finding, string InstanceId)> Matching(RemediationConfig remediation, RemediationView view)
    {
        foreach (var finding in view.Findings.Where(f => remediation.Signals.Contains(f.Signal) && f.Confidence >= remediation.Confidence))
        {
            if (finding.Subject.Scope == SubjectScope.Instance)
            {
                yield return (finding, finding.Subject.Instance);
            }
            else if (finding.Causes is [{ Subject.Scope: SubjectScope.Instance } cause, ..] && cause.Score >= remediation.Confidence)
            {
                yield return (finding, cause.Subject.Instance);
            }
        }
    }

    private static RemediationMove? Away(
        RemediationConfig remediation, (Finding Finding, string InstanceId) sick, RemediationView view, List<RemediationMove> moves, DateTimeOffset now)
    {
        var instance = view.Instances.FirstOrDefault(i => i.InstanceId == sick.InstanceId);
        bool isTaken = view.Shifts.ContainsKey(sick.InstanceId) || moves.Exists(m => m.InstanceId == sick.InstanceId);
        bool isStale = view.ShiftedBackAt.TryGetValue(sick.InstanceId, out var backAt) && (now - backAt < Cooldown || sick.Finding.Since <= backAt);
        if (instance.InstanceId is null || isTaken || isStale)
        {
            return null;
        }

        var peers = view.Instances.Where(i => i.Service == instance.Service && i.Version == instance.Version).ToList();
        int away = peers.Count(p => view.Shifts.ContainsKey(p.InstanceId)) + moves.Count(m => m.Kind == DecisionKind.ShiftAway && peers.Exists(p => p.InstanceId == m.InstanceId));
        int allowed = peers.Count * remediation.MaxInstancesPercent / 100;
        if (away >= allowed)
        {
            return Refuse(RefusalKind.TooManyInstances, instance, sick.Finding, view,
                $"{Symptom(sick.Finding)} Its traffic is not shifted away: {remediation.Name} lets at most {remediation.MaxInstancesPercent} % of the {peers.Count} instances of {instance.Service} {instance.Version} be out, that is {allowed}, and {away} are out.");
        }

        int recent = view.Actions.GetValueOrDefault(remediation.Name, []).Count(at => now - at < TimeSpan.FromHours(1))
            + moves.Count(m => m.Shift?.Remediation == remediation.Name);
        if (recent >= remediation.MaxActionsPerHour)
        {
            return Refuse(RefusalKind.TooManyActions, instance, sick.Finding, view,
                $"{Symptom(sick.Finding)} Its traffic is not shifted away: {remediation.Name} has acted {recent} times within an hour, {remediation.MaxActionsPerHour} are allowed.");
        }

        var shift = new ShiftState(
            instance.InstanceId, instance.Service, instance.Version, remediation.KeepPercent, remediation.Name, remediation.RevertWhenRecovered, now, sick.Finding, "");
        return new RemediationMove(
            DecisionKind.ShiftAway,
            instance.InstanceId,
            instance.Service,
            $"{Symptom(sick.Finding)} Traffic is shifted away from {instance.Service} instance {instance.InstanceId}; it keeps {remediation.KeepPercent} % of its share, so that its recovery is seen.",
            shift,
            Finding: sick.Finding,
            ErrorBound: 1 - sick.Finding.Confidence);
    }

    private static RemediationMove? Return(ShiftState shift, RemediationView view, DateTimeOffset now)
    {
        if (!view.Instances.Any(i => i.InstanceId == shift.InstanceId))
        {
            // Gone from the mesh: there is nothing left to shift. It may only be restarting, so it is given the time of a lease and more.
            return now - shift.At >= BlindReturnAfter
                ? Back(shift, $"{shift.Service} instance {shift.InstanceId} is no endpoint any more.")
                : null;
        }

        if (!shift.Reverts || now - shift.At < ShiftAtLeast)
        {
            return null;
        }

        bool isBlamed = view.Findings.Any(f => f.Subject.Instance == shift.InstanceId);
        if (view.Recoveries.GetValueOrDefault(shift.InstanceId) is { Requests: > 0 } recovery)
        {
            return recovery.IsNormal && (!isBlamed || recovery.Requests >= PlentyOfRequests)
                ? Back(shift, $"{shift.Service} instance {shift.InstanceId} is well again and gets its full share. {recovery.Text}")
                : null;
        }

        return !isBlamed && now - shift.At >= BlindReturnAfter
            ? Back(shift, $"{shift.Service} instance {shift.InstanceId} gets its full share for a try: nothing speaks against it any more, and without requests nothing can be measured.")
            : null;
    }

    private static RemediationMove? Refuse(RefusalKind kind, ReadyInstance instance, Finding finding, RemediationView view, string reason) =>
        view.Refused.Contains((instance.InstanceId, kind))
            ? null
            : new RemediationMove(DecisionKind.Refuse, instance.InstanceId, instance.Service, reason, Refusal: kind, Finding: finding);

    private static RemediationMove Back(ShiftState shift, string reason) =>
        new(DecisionKind.ShiftBack, shift.InstanceId, shift.Service, reason, Finding: shift.Finding);

    private static string Symptom(Finding finding) => MeshInsight.ControlPlane.Findings.Words.Symptom(finding) + ".";
}
