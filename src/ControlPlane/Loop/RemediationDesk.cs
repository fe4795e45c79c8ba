using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.ControlPlane.Catalog;
using MeshInsight.ControlPlane.Decide;
using MeshInsight.ControlPlane.Durable;
using MeshInsight.ControlPlane.Findings;
using MeshInsight.ControlPlane.Registry;
using MeshInsight.ControlPlane.Shift;

namespace MeshInsight.ControlPlane.Loop;

/// <summary>All remediations in one turn of the loop. Owned by the loop.</summary>
internal sealed class RemediationDesk(TrafficShifter shifter)
{
    private const int KeptByPersonPercent = 5;

    private readonly Dictionary<string, DateTimeOffset> _shiftedBackAt = [];
    private readonly HashSet<(string InstanceId, RefusalKind Kind)> _refused = [];

    /// <summary>How every shifted instance does on what it kept.</summary>
    public IReadOnlyDictionary<string, Recovery> Recoveries(WindowBook windows, IReadOnlyList<Finding> findings)
    {
        var recoveries = new Dictionary<string, Recovery>();
        foreach (var shift in shifter.Shifts.Values)
        {
            var all = windows.Instances.Where(i => i.Service == shift.Service && i.Version == shift.Version).ToList();
            if (all.Find(i => i.Instance == shift.InstanceId) is { } own)
            {
                var peers = all.Where(i => !shifter.Shifts.ContainsKey(i.Instance)).ToList();
                bool isBlamed = findings.Any(f => f.Subject.Instance == shift.InstanceId);
                recoveries[shift.InstanceId] = Recovery.Measure(
                    own, peers, shift.At, isBlamed ? RemediationDecider.PlentyOfRequests : Recovery.MinimumRequests);
            }
        }

        return recoveries;
    }

    public IReadOnlyList<Decided> Decide(
        CatalogState catalog,
        IReadOnlyList<InstanceState> instances,
        IReadOnlyList<Finding> findings,
        IReadOnlyDictionary<string, Recovery> recoveries,
        DateTimeOffset now)
    {
        // A refusal is said once per sickness.
        _refused.RemoveWhere(r => !findings.Any(f => f.Subject.Instance == r.InstanceId || f.Causes.Any(c => c.Subject.Instance == r.InstanceId)));
        var view = new RemediationView(
            findings,
            [.. instances.Where(i => i.IsEndpoint).Select(i => new ReadyInstance(i.InstanceId, i.Service, i.Version))],
            shifter.Shifts,
            shifter.Actions,
            _shiftedBackAt,
            _refused,
            recoveries);
        return [.. RemediationDecider.Decide(catalog.Remediations, view, now).Select(move => Carry(move, recoveries, now))];
    }

    public (Decided? Decided, string? Problem) Undo(Decision decision, DateTimeOffset now)
    {
        string[] target = decision.Target.Split('/', 2);
        if (target is not [var service, var instance])
        {
            return (null, $"The decision is about {decision.Target}, which is no instance.");
        }

        bool isAway = shifter.Shifts.TryGetValue(instance, out var shift);
        var none = new Dictionary<string, Recovery>();
        if (decision.Kind == DecisionKind.ShiftAway)
        {
            return isAway
                ? (Carry(new RemediationMove(DecisionKind.ShiftBack, instance, service, $"A person gave {service} instance {instance} its full share back.", By: RolloutMove.ByPerson), none, now), null)
                : (null, $"{service} instance {instance} has its full share already.");
        }

        if (isAway)
        {
            return (null, $"Traffic is shifted away from {service} instance {instance} already, by decision {shift!.DecisionId}.");
        }

        // By hand it stays away until a person takes it back.
        var away = new ShiftState(instance, service, "", KeptByPersonPercent, "", Reverts: false, now, null, "");
        return (Carry(new RemediationMove(DecisionKind.ShiftAway, instance, service, $"A person shifted traffic away from {service} instance {instance}.", away, By: RolloutMove.ByPerson), none, now), null);
    }

    private Decided Carry(RemediationMove move, IReadOnlyDictionary<string, Recovery> recoveries, DateTimeOffset now)
    {
        var evidence = new RemediationEvidence(move.Finding, recoveries.GetValueOrDefault(move.InstanceId));
        var decision = shifter.Apply(move, Json.Write(evidence), now);
        if (move.Refusal is { } refusal)
        {
            _refused.Add((move.InstanceId, refusal));
        }
        else if (move.Kind == DecisionKind.ShiftBack)
        {
            _shiftedBackAt[move.InstanceId] = now;
        }

        return new Decided(decision, move.Service, null);
    }

    private sealed record RemediationEvidence(Finding? Finding, Recovery? Recovery);
}
