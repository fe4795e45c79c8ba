using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.ControlPlane.Catalog;
using MeshInsight.ControlPlane.Decide;
using MeshInsight.ControlPlane.Durable;
using MeshInsight.ControlPlane.Findings;
using MeshInsight.ControlPlane.Publish;
using MeshInsight.ControlPlane.Registry;
using MeshInsight.ControlPlane.Shift;

namespace MeshInsight.ControlPlane.Loop;

/// <summary>All rollouts in one turn of the loop: evidence in, decisions out. Owned by the loop; <see cref="Statuses"/> may be read by anyone.</summary>
internal sealed class RolloutDesk(TrafficShifter shifter, SnapshotPublisher publisher, EvidenceFiles files)
{
    private readonly Dictionary<string, RolloutEvidence> _evidence = [];
    private readonly Dictionary<string, RolloutView> _views = [];
    private readonly Dictionary<string, Finding> _harm = [];
    private readonly HashSet<string> _unsaved = [];
    private readonly Dictionary<string, string> _told = [];
    private CatalogState? _declared;
    private volatile IReadOnlyList<RolloutStatus> _statuses = [];

    public IReadOnlyList<RolloutStatus> Statuses => _statuses;

    public RolloutStatus? Find(string name) => _statuses.FirstOrDefault(s => s.Config.Name == name);

    public string ServiceOf(string name) => shifter.Rollouts.TryGetValue(name, out var state) ? state.Config.Service : "";

    /// <summary>Takes over what is declared; does nothing when it is what was seen last.</summary>
    public void Declare(CatalogState catalog, DateTimeOffset now)
    {
        if (ReferenceEquals(catalog, _declared))
        {
            return;
        }

        foreach (var config in catalog.Rollouts)
        {
            DeclareOne(config, now);
        }

        foreach (var gone in shifter.Rollouts.Values.Where(s => !catalog.Rollouts.Any(r => r.Name == s.Config.Name)).ToList())
        {
            string name = gone.Config.Name;
            bool isReplaced = catalog.Rollouts.Any(r => r.Service == gone.Config.Service);
            shifter.Forget(name, keepWinner: !isReplaced && catalog.Services.Any(s => s.Name == gone.Config.Service));
            _evidence.Remove(name);
            _views.Remove(name);
            files.Delete(name);
        }

        shifter.Unsettle((service, settled) =>
            catalog.Services.FirstOrDefault(s => s.Name == service) is not { DefaultVersion: "" } declared || !declared.Versions.Contains(settled.InCharge));
        _declared = catalog;
        // Before sidecars hear of it: who sees its weight somewhere must find it here.
        _statuses = StatusesAt(now);
    }

    /// <summary>Gives one whole second to the judges.</summary>
    public void AddSecond(WindowBook windows, DateTimeOffset now)
    {
        foreach (var (name, state) in shifter.Rollouts)
        {
            var config = state.Config;
            if (state.IsJudged)
            {
                Evidence(state).Add(windows.Take(config.Service, config.Stable), windows.Take(config.Service, config.Canary), now);
                _unsaved.Add(name);
            }
            else
            {
                windows.Forget(config.Service, config.Stable);
                windows.Forget(config.Service, config.Canary);
            }
        }
    }

    public IReadOnlyDictionary<string, IReadOnlyCollection<string>> CalleesOf(WindowBook windows) =>
        shifter.Rollouts.Values.ToDictionary(s => s.Config.Name, s => (IReadOnlyCollection<string>)[.. windows.CalleesOf(s.Config.Service)]);

    /// <summary>Gathers what the decisions of this turn may look at, and keeps the evidence on disk.</summary>
    public void Look(
        IReadOnlyList<InstanceState> instances,
        IReadOnlyList<Finding> findings,
        IReadOnlyDictionary<string, IReadOnlyCollection<string>> callees,
        DateTimeOffset now)
    {
        foreach (string name in _unsaved)
        {
            files.Write(name, _evidence[name]);
        }

        _unsaved.Clear();
        string[] refusing = [.. publisher.LiveProxies.Where(p => p.RefusedVersion > 0).Select(p => p.InstanceId)];
        foreach (var (name, state) in shifter.Rollouts)
        {
            var config = state.Config;
            var evidence = Evidence(state);
            _views[name] = new RolloutView(
                evidence.Verdict(now),
                evidence.RequestsNeeded,
                evidence.LastCanaryRequest,
                IsReady(config.Stable),
                IsReady(config.Canary),
                shifter.ConfirmedAt(name),
                refusing,
                DependencyBlame.Find(config, findings, callees.GetValueOrDefault(name, [])));

            bool IsReady(string version) => instances.Any(i => i.Service == config.Service && i.Version == version && i.IsEndpoint);
        }
    }

    public List<Decided> Decide(DateTimeOffset now)
    {
        var decided = new List<Decided>();
        foreach (var (name, state) in shifter.Rollouts.ToList())
        {
            if (RolloutDecider.Decide(state, _views[name], now) is { } move && Carry(state, move, now) is { } done)
            {
                decided.Add(done);
            }
        }

        return decided;
    }

    /// <returns>The decision, or why there is none; both null when there is no such rollout.</returns>
    public (Decided? Decided, string? Problem) Command(string name, RolloutCommand command, DateTimeOffset now)
    {
        if (!shifter.Rollouts.TryGetValue(name, out var state) || !_views.TryGetValue(name, out var view))
        {
            return (null, null);
        }

        var (move, problem) = RolloutCommands.Decide(state, command, view, now);
        return move is null ? (null, problem) : (Carry(state, move, now), null);
    }

    public (Decided? Decided, string? Problem) Undo(Decision decision, DateTimeOffset now)
    {
        RolloutCommand? command = decision.Kind switch
        {
            DecisionKind.StartRollout or DecisionKind.OpenStep or DecisionKind.Promote or DecisionKind.Propose => RolloutCommand.Abort,
            DecisionKind.RollBack or DecisionKind.Hold => RolloutCommand.Resume,
            DecisionKind.Resume => RolloutCommand.Pause,
            _ => null,
        };
        if (command is null)
        {
            return (null, $"A decision to {decision.Kind} did nothing that could be undone.");
        }

        var (decided, problem) = Command(decision.Target, command.Value, now);
        return (decided, decided is null ? problem ?? $"The rollout {decision.Target} is not declared any more." : null);
    }

    /// <returns>Findings of proven harm that are over: the canary gets nothing any more, or a person decided otherwise.</returns>
    public IReadOnlyList<Finding> TakeEndedHarm(DateTimeOffset now)
    {
        var ended = new List<Finding>();
        foreach (var (name, finding) in _harm.ToList())
        {
            if (!shifter.Rollouts.TryGetValue(name, out var state) || !(state.IsJudged || state.Phase == RolloutPhase.RollingBack))
            {
                _harm.Remove(name);
                ended.Add(finding with { IsActive = false, At = now });
            }
        }

        return ended;
    }

    /// <returns>Statuses that differ from what was told last.</returns>
    public IReadOnlyList<RolloutStatus> Refresh(DateTimeOffset now)
    {
        _statuses = StatusesAt(now);
        var changed = new List<RolloutStatus>();
        foreach (var status in _statuses)
        {
            // The time of looking is no news.
            string text = Json.Write(status with { Verdict = status.Verdict with { At = default } });
            if (_told.GetValueOrDefault(status.Config.Name) != text)
            {
                _told[status.Config.Name] = text;
                changed.Add(status);
            }
        }

        return changed;
    }

    private IReadOnlyList<RolloutStatus> StatusesAt(DateTimeOffset now) =>
        [.. shifter.Rollouts.Values.OrderBy(s => s.Config.Name, StringComparer.Ordinal).Select(s => Status(s, now))];

    private void DeclareOne(RolloutConfig config, DateTimeOffset now)
    {
        if (!shifter.Rollouts.TryGetValue(config.Name, out var known))
        {
            StartAnew(RolloutState.New(config, now));
            return;
        }

        if (Json.Write(known.Config) == Json.Write(config))
        {
            return;
        }

        var before = known.Config;
        if (before.Service != config.Service || before.Stable != config.Stable || before.Canary != config.Canary)
        {
            StartAnew(RolloutState.New(config, now));
            return;
        }

        // Other steps or bounds for the same two versions: it goes on where it is, with the evidence it has.
        var evidence = Evidence(known).Save();
        shifter.Declare(known with { Config = config, StepIndex = Math.Min(known.StepIndex, config.Steps.Count - 1) });
        _evidence[config.Name] = new RolloutEvidence(config, evidence);
    }

    private void StartAnew(RolloutState state)
    {
        files.Delete(state.Config.Name);
        _evidence[state.Config.Name] = new RolloutEvidence(state.Config);
        shifter.Declare(state);
    }

    private RolloutEvidence Evidence(RolloutState state)
    {
        string name = state.Config.Name;
        return _evidence.TryGetValue(name, out var evidence)
            ? evidence
            : _evidence[name] = new RolloutEvidence(state.Config, files.Read(name));
    }

    private Decided? Carry(RolloutState before, RolloutMove move, DateTimeOffset now)
    {
        string name = before.Config.Name;
        var verdict = _views[name].Verdict;
        if (move.Next.Phase == RolloutPhase.Initializing && before.Phase != RolloutPhase.Initializing)
        {
            files.Delete(name);
            _evidence[name] = new RolloutEvidence(before.Config);
        }

        var decision = shifter.Apply(move, Json.Write(verdict), now);
        if (move.Next.WeightPercent != before.WeightPercent)
        {
            Evidence(move.Next).StepChanged();
        }

        return decision is null ? null : new Decided(decision, before.Config.Service, Harm(before, decision, verdict, now));
    }

    private Finding? Harm(RolloutState state, Decision decision, Verdict verdict, DateTimeOffset now)
    {
        bool isHarm = verdict.Kind == VerdictKind.HarmProven && decision.By == RolloutMove.ByMesh
            && decision.Kind is DecisionKind.RollBack or DecisionKind.Hold or DecisionKind.Propose;
        if (!isHarm)
        {
            return null;
        }

        string name = state.Config.Name;
        if (!_harm.TryGetValue(name, out var finding))
        {
            _harm[name] = finding = ProvenHarm.Write(state.Config, verdict, Evidence(state).SuspectSince ?? now, isActive: true);
        }

        return finding;
    }

    private RolloutStatus Status(RolloutState state, DateTimeOffset now)
    {
        string name = state.Config.Name;
        var evidence = Evidence(state);
        var verdict = _views.TryGetValue(name, out var view) ? view.Verdict : evidence.Verdict(now);
        if (state.Phase == RolloutPhase.Initializing)
        {
            verdict = verdict with { Reason = Waiting(state, view) };
        }

        return new RolloutStatus(
            state.Config,
            state.Phase,
            state.StepIndex,
            state.WeightPercent,
            shifter.ConfirmedPercent(name),
            state.StartedAt,
            state.PhaseSince,
            state.EndedAt,
            state.PausedByPerson,
            state.IsJudged ? evidence.RequestsNeeded : 0,
            verdict,
            state.DecisionIds);
    }

    private static string Waiting(RolloutState state, RolloutView? view)
    {
        var config = state.Config;
        return state.PausedByPerson ? "A person paused it before it began."
            : view is { CanaryReady: true, StableReady: false } ? $"Waiting for an instance of {config.Service} {config.Stable}, to compare with."
            : $"Waiting for an instance of {config.Service} {config.Canary}.";
    }
}
