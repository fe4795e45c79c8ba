using MeshInsight.Contracts.Rollouts;
using MeshInsight.ControlPlane.Decide;
using MeshInsight.ControlPlane.Durable;
using MeshInsight.ControlPlane.History;
using MeshInsight.ControlPlane.Publish;

namespace MeshInsight.ControlPlane.Shift;

/// <summary>
/// The only code that changes weights. Every change goes the same way: the decision is written to disk, the state is written to disk, the snapshot is published, and once every live
/// sidecar has accepted it the decision is confirmed. A crash between any two of these repeats the later ones. Owned by the loop; readers take immutable lists.
/// </summary>
internal sealed class TrafficShifter
{
    private static readonly TimeSpan ActionsKept = TimeSpan.FromHours(1);

    private readonly string _path;
    private readonly SnapshotPublisher _publisher;
    private readonly DecisionBook _decisions;
    private readonly Dictionary<string, RolloutState> _rollouts = [];
    private readonly Dictionary<string, ShiftState> _shifts = [];
    private readonly Dictionary<string, SettledVersion> _settled = [];
    private readonly Dictionary<string, IReadOnlyList<DateTimeOffset>> _actions = [];
    private readonly Dictionary<string, WeightHistory> _weights = [];
    private readonly Dictionary<string, DateTimeOffset> _confirmedAt = [];

    public TrafficShifter(string dataDirectory, SnapshotPublisher publisher, DecisionBook decisions)
    {
        _path = Path.Combine(dataDirectory, "shift.json");
        _publisher = publisher;
        _decisions = decisions;
        var file = AtomicFile.TryReadText(_path) is { } text ? Json.Read<ShiftFile>(text) : ShiftFile.Empty;
        _rollouts = file.Rollouts.ToDictionary(r => r.Config.Name);
        _shifts = file.Shifts.ToDictionary(s => s.InstanceId);
        _settled = new(file.Settled);
        _actions = new(file.Actions);

        // Before anything is published: no sidecar may see a weight that was taken back.
        Publish();
    }

    public IReadOnlyDictionary<string, RolloutState> Rollouts => _rollouts;

    public IReadOnlyDictionary<string, ShiftState> Shifts => _shifts;

    public IReadOnlyDictionary<string, IReadOnlyList<DateTimeOffset>> Actions => _actions;

    /// <summary>What every live sidecar sends the canary; null while they differ.</summary>
    public int? ConfirmedPercent(string rollout) =>
        _weights.TryGetValue(rollout, out var history) ? history.Confirmed(_publisher.LiveProxies) : null;

    /// <summary>Since when the present weight is in force everywhere; null while it is not.</summary>
    public DateTimeOffset? ConfirmedAt(string rollout) => _confirmedAt.TryGetValue(rollout, out var at) ? at : null;

    /// <summary>Takes a rollout in, or its new settings; moves no traffic that it had not moved before.</summary>
    public void Declare(RolloutState state)
    {
        _rollouts[state.Config.Name] = state;
        _settled.Remove(state.Config.Service);
        Save();
        Publish();
    }

    /// <summary>The resource is gone. What the rollout has found out stays: its winner keeps all requests until something new is declared.</summary>
    public void Forget(string rollout, bool keepWinner)
    {
        if (!_rollouts.Remove(rollout, out var state))
        {
            return;
        }

        _weights.Remove(rollout);
        _confirmedAt.Remove(rollout);
        var (stable, canary) = (state.Config.Stable, state.Config.Canary);
        if (keepWinner)
        {
            _settled[state.Config.Service] = state.Phase is RolloutPhase.Succeeded or RolloutPhase.Promoting ? new(canary, stable) : new(stable, canary);
        }

        Save();
        Publish();
    }

    /// <summary>A service was deleted or declared otherwise: what was found out about it is void.</summary>
    public void Unsettle(Func<string, SettledVersion, bool> isVoid)
    {
        var gone = _settled.Where(s => isVoid(s.Key, s.Value)).Select(s => s.Key).ToList();
        gone.ForEach(service => _settled.Remove(service));
        if (gone.Count > 0)
        {
            Save();
            Publish();
        }
    }

    /// <param name="evidence">The verdict as JSON, as it was when the decision fell.</param>
    /// <returns>The decision; null for a move that is none.</returns>
    public Decision? Apply(RolloutMove move, string evidence, DateTimeOffset now)
    {
        string name = move.Next.Config.Name;
        Decision? decision = null;
        var next = move.Next;
        if (move.Kind is { } kind)
        {
            decision = Intend(kind, name, move.By, move.Reason, evidence, RolloutTexts.Method, move.ErrorBound, RolloutTexts.Undo(kind, name), now);
            next = next with { DecisionIds = [.. next.DecisionIds, decision.Id] };
        }

        bool isWeightNew = !_rollouts.TryGetValue(name, out var before) || before.WeightPercent != next.WeightPercent;
        _rollouts[name] = next;
        Save();
        if (isWeightNew)
        {
            _confirmedAt.Remove(name);
        }

        long version = Publish();
        return decision is null ? null : Applied(decision, version);
    }

    public Decision Apply(RemediationMove move, string evidence, DateTimeOffset now)
    {
        string target = $"{move.Service}/{move.InstanceId}";
        var decision = Intend(move.Kind, target, move.By, move.Reason, evidence, RolloutTexts.RemediationMethod, move.ErrorBound, "", now);
        if (move.Kind == DecisionKind.Refuse)
        {
            return decision;
        }

        if (move.Shift is { } shift)
        {
            _shifts[move.InstanceId] = shift with { DecisionId = decision.Id };
            if (shift.Remediation.Length > 0)
            {
                _actions[shift.Remediation] = [.. _actions.GetValueOrDefault(shift.Remediation, []).Where(at => now - at < ActionsKept), now];
            }
        }
        else
        {
            _shifts.Remove(move.InstanceId);
        }

        Save();
        return Applied(decision with { Undo = RolloutTexts.Undo(move.Kind, decision.Id) }, Publish());
    }

    /// <summary>Notes what the sidecars have accepted since the last call.</summary>
    /// <returns>Decisions that every live sidecar has in force now.</returns>
    public IReadOnlyList<Decision> Confirm(DateTimeOffset now)
    {
        foreach (var (name, state) in _rollouts)
        {
            if (ConfirmedPercent(name) == state.WeightPercent)
            {
                _confirmedAt.TryAdd(name, now);
            }
        }

        var confirmed = new List<Decision>();
        foreach (var decision in _decisions.Decisions.Reverse().TakeWhile(d => now - d.At < ActionsKept))
        {
            if (decision is { AppliedVersion: > 0, ConfirmedAt: null } && _publisher.IsConfirmed(decision.AppliedVersion))
            {
                var done = decision with { ConfirmedAt = now };
                _decisions.Update(done);
                confirmed.Add(done);
            }
        }

        return confirmed;
    }

    private Decision Intend(
        DecisionKind kind, string target, string by, string reason, string evidence, string method, double? errorBound, string undo, DateTimeOffset now)
    {
        var decision = new Decision(
            _decisions.NewId(now), now, kind, target, by, reason, evidence, method, by == RolloutMove.ByPerson ? null : errorBound, undo, 0, null);
        _decisions.Intend(decision);
        return decision;
    }

    private Decision Applied(Decision decision, long version)
    {
        var applied = decision with { AppliedVersion = version };
        _decisions.Update(applied);
        return applied;
    }

    private void Save() => AtomicFile.WriteText(_path, Json.Write(new ShiftFile([.. _rollouts.Values], [.. _shifts.Values], _settled, _actions)));

    private long Publish()
    {
        var splits = _settled.ToDictionary(s => s.Key, s => new VersionSplit(s.Value.InCharge, s.Value.Other, 0));
        foreach (var state in _rollouts.Values)
        {
            splits[state.Config.Service] = new VersionSplit(state.Config.Stable, state.Config.Canary, state.WeightPercent);
        }

        long version = _publisher.SetShares(new TrafficShares(splits, _shifts.Values.ToDictionary(s => s.InstanceId, s => s.KeepPercent)));
        foreach (var (name, state) in _rollouts)
        {
            if (!_weights.TryGetValue(name, out var history))
            {
                _weights[name] = history = new WeightHistory();
            }

            history.Add(version, state.WeightPercent);
        }

        return version;
    }
}
