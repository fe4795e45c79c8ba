using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.Cli.Demo;

/// <summary>Follows a run and says how it ended. Pure: what it has seen is all it knows.</summary>
internal sealed class OutcomeJudge(Scenario scenario, TimeSpan observationTime)
{
    /// <summary>A hold counts once it has lasted this long without a rollback.</summary>
    private static readonly TimeSpan s_holdTime = TimeSpan.FromSeconds(15);

    private TimeSpan? _heldSince;
    private bool _shifted;

    /// <summary>Null while the run goes on.</summary>
    public string? Outcome { get; private set; }

    public bool ExpectedSeen => Outcome == scenario.Expected;

    /// <summary>When traffic was first seen shifted away from the sick instance.</summary>
    public bool HasShifted => _shifted;

    public void Add(Observation now) => Outcome ??= scenario.Expected switch
    {
        Outcomes.Quiet => Quiet(now),
        Outcomes.ShiftedAndReturned => ShiftedAndReturned(now),
        _ => Rollout(now),
    };

    private string? Quiet(Observation now) =>
        now.Incidents.Count > 0 ? Outcomes.FalseAlarm
        : now.Elapsed >= observationTime ? Outcomes.Quiet
        : null;

    private string? ShiftedAndReturned(Observation now)
    {
        if (now.Instances.FirstOrDefault(instance => instance.InstanceId == scenario.SickInstance) is not { } sick)
        {
            return null;
        }

        bool away = sick.KeepPercent < 100;
        if (_shifted && !away)
        {
            return Outcomes.ShiftedAndReturned;
        }

        _shifted |= away;
        return null;
    }

    private string? Rollout(Observation now)
    {
        switch (now.Rollout?.Phase)
        {
            case RolloutPhase.Failed:
                return Outcomes.RolloutFailed;
            case RolloutPhase.Succeeded:
                return Outcomes.Promoted;
            // Only what every sidecar has confirmed counts.
            case RolloutPhase.RolledBack when now.Rollout.ConfirmedWeightPercent == 0:
                return Outcomes.RolledBack;
            case RolloutPhase.Holding when Blames(now, scenario.ExpectedCause):
                _heldSince ??= now.Elapsed;
                return scenario.Expected == Outcomes.Held && now.Elapsed - _heldSince >= s_holdTime ? Outcomes.Held : null;
            default:
                _heldSince = null;
                return null;
        }
    }

    private static bool Blames(Observation now, string? cause) =>
        cause is null
        || now.Rollout!.Verdict.Cause.Contains(cause, StringComparison.Ordinal)
        || now.Incidents.Any(incident => incident.Cause?.Subject.ToString().Contains(cause, StringComparison.Ordinal) == true);
}
