using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.ControlPlane.Catalog;
using MeshInsight.ControlPlane.Decide;
using MeshInsight.ControlPlane.Findings;
using MeshInsight.ControlPlane.Loop;
using MeshInsight.ControlPlane.Registry;
using MeshInsight.ControlPlane.Shift;

namespace MeshInsight.ControlPlane;

/// <summary>
/// The loop of the mesh, in the order in which it runs; read this first.
/// <list type="number">
/// <item>Catalog: what is declared may have changed. First, because nothing may be decided about a rollout that is gone.</item>
/// <item>Findings: whole seconds of windows become evidence, findings become incidents. Before deciding, so that a decision sees the newest second.</item>
/// <item>Decide: evidence to decision, without I/O; Shift: the decision is written down, applied, published.</item>
/// <item>Confirm: what the sidecars have accepted since. Last, because a shift of this turn cannot be confirmed in it.</item>
/// </list>
/// One lock: the loop and a person's command take turns; readers see immutable records.
/// </summary>
internal sealed class ControlLoop(
    ResourceCatalog catalog,
    InstanceRegistry registry,
    CollectorInbox inbox,
    RolloutDesk rollouts,
    RemediationDesk remediations,
    IncidentBook incidents,
    TrafficShifter shifter,
    TimeProvider clock)
{
    private readonly Lock _lock = new();

    /// <summary>Raised with the lock held, as is <see cref="RolloutChanged"/>: keep it short.</summary>
    public event Action<Incident>? IncidentChanged;

    public event Action<RolloutStatus>? RolloutChanged;

    public void Turn()
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            var declared = catalog.State;
            rollouts.Declare(declared, now);

            foreach (var news in inbox.TakeNews())
            {
                incidents.Take(news, now);
            }

            var instances = registry.Instances;
            var findings = inbox.ActiveFindings();
            inbox.TryReadSecond(windows => rollouts.AddSecond(windows, now));
            rollouts.Look(instances, findings, inbox.Read(rollouts.CalleesOf), now);
            var recoveries = inbox.Read(windows => remediations.Recoveries(windows, findings));

            foreach (var decided in rollouts.Decide(now))
            {
                Tell(decided, now);
            }

            foreach (var decided in remediations.Decide(declared, instances, findings, recoveries, now))
            {
                Tell(decided, now);
            }

            shifter.Confirm(now);
            Settle(now);
        }
    }

    /// <returns>The rollout after the command, or why it is not possible; both null when there is no such rollout.</returns>
    public (RolloutStatus? Status, string? Problem) Command(string name, RolloutCommand command)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            var (decided, problem) = rollouts.Command(name, command, now);
            Finish(decided, now);
            return (decided is null ? null : rollouts.Find(name), problem);
        }
    }

    /// <returns>The decision that undid it, or why it cannot be undone.</returns>
    public (Decision? Decision, string? Problem) Undo(Decision decision)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            var (decided, problem) = decision.Kind is DecisionKind.ShiftAway or DecisionKind.ShiftBack
                ? remediations.Undo(decision, now)
                : rollouts.Undo(decision, now);
            Finish(decided, now);
            return (decided?.Decision, problem);
        }
    }

    private void Finish(Decided? decided, DateTimeOffset now)
    {
        if (decided is { } done)
        {
            Tell(done, now);
            Settle(now);
        }
    }

    private void Tell(Decided decided, DateTimeOffset now)
    {
        if (decided.Finding is { } finding)
        {
            incidents.Take(finding, now);
        }

        // The ordinary course of a rollout is no answer to what an incident is about.
        if (decided.Decision.Kind is not (DecisionKind.StartRollout or DecisionKind.OpenStep or DecisionKind.Promote))
        {
            incidents.Act(decided.Decision, decided.Service, now);
        }
    }

    private void Settle(DateTimeOffset now)
    {
        foreach (var ended in rollouts.TakeEndedHarm(now))
        {
            incidents.Take(ended, now);
        }

        foreach (var incident in incidents.Settle(now))
        {
            IncidentChanged?.Invoke(incident);
        }

        foreach (var status in rollouts.Refresh(now))
        {
            RolloutChanged?.Invoke(status);
        }
    }
}
