using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.ControlPlane.Catalog;
using MeshInsight.ControlPlane.Decide;

namespace MeshInsight.ControlPlane.Tests.Decide;

public class RemediationDeciderTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly RemediationConfig Config = new("shift", [SignalKind.Errors, SignalKind.Latency], 0.9, 5, true, 34, 6);

    [Fact]
    public void Decide_SickInstanceOfThree_ShiftsItAway()
    {
        var move = Assert.Single(RemediationDecider.Decide([Config], View(3, Sick("c1")), Now));

        Assert.Equal((DecisionKind.ShiftAway, "c1", 5), (move.Kind, move.InstanceId, move.Shift!.KeepPercent));
        Assert.Equal(0.05, move.ErrorBound!.Value, 6);
    }

    [Theory]
    [InlineData(0.85, SignalKind.Errors, SubjectScope.Instance)]
    [InlineData(0.95, SignalKind.Traffic, SubjectScope.Instance)]
    [InlineData(0.95, SignalKind.Errors, SubjectScope.Service)]
    public void Decide_FindingThatDoesNotMatch_DoesNothing(double confidence, SignalKind signal, SubjectScope scope)
    {
        var finding = Sick("c1") with { Confidence = confidence, Signal = signal, Subject = new Subject(scope, "checkout", "v1", "c1"), Causes = [] };

        Assert.Empty(RemediationDecider.Decide([Config], View(3, finding), Now));
    }

    [Fact]
    public void Decide_ServiceFindingThatBlamesAnInstance_ShiftsItAway()
    {
        var finding = Sick("c1") with
        {
            Subject = new Subject(SubjectScope.Edge, "frontend", Peer: "checkout"),
            Causes = [new SuspectedCause(new Subject(SubjectScope.Instance, "checkout", "v1", "c1"), 0.95, [])],
        };

        Assert.Equal("c1", Assert.Single(RemediationDecider.Decide([Config], View(3, finding), Now)).InstanceId);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Decide_ShareTooLargeForTheCap_RefusesAndSaysWhy(int instances)
    {
        var move = Assert.Single(RemediationDecider.Decide([Config], View(instances, Sick("c1")), Now));

        Assert.Equal((DecisionKind.Refuse, RefusalKind.TooManyInstances), (move.Kind, move.Refusal));
        Assert.Contains("at most 34 %", move.Reason, StringComparison.Ordinal);
        var again = View(instances, Sick("c1")) with { Refused = new HashSet<(string, RefusalKind)> { ("c1", RefusalKind.TooManyInstances) } };
        Assert.Empty(RemediationDecider.Decide([Config], again, Now));
    }

    [Fact]
    public void Decide_TwoSickOfThree_ShiftsOneAndRefusesTheOther()
    {
        var moves = RemediationDecider.Decide([Config], View(3, Sick("c1"), Sick("c2")), Now);

        Assert.Equal([DecisionKind.ShiftAway, DecisionKind.Refuse], moves.Select(m => m.Kind));
    }

    [Fact]
    public void Decide_ActionsOfTheHourUsed_Refuses()
    {
        var view = View(3, Sick("c1")) with
        {
            Actions = new Dictionary<string, IReadOnlyList<DateTimeOffset>> { ["shift"] = [.. Enumerable.Range(0, 6).Select(i => Now - TimeSpan.FromMinutes(9 * i))] },
        };

        Assert.Equal(RefusalKind.TooManyActions, Assert.Single(RemediationDecider.Decide([Config], view, Now)).Refusal);
        var later = Now + TimeSpan.FromMinutes(20);
        Assert.Equal(DecisionKind.ShiftAway, Assert.Single(RemediationDecider.Decide([Config], view, later)).Kind);
    }

    [Fact]
    public void Decide_ShiftedAndSickStill_StaysAway() =>
        Assert.Empty(RemediationDecider.Decide([Config], Shifted(new Recovery(40, IsNormal: false, "")), Now));

    [Fact]
    public void Decide_ShiftedAndWell_ComesBack() =>
        Assert.Equal(DecisionKind.ShiftBack, Assert.Single(RemediationDecider.Decide([Config], Shifted(new Recovery(20, IsNormal: true, "")), Now)).Kind);

    [Fact]
    public void Decide_WellButStillBlamed_ComesBackOnlyOnPlentyOfRequests()
    {
        var view = Shifted(new Recovery(20, IsNormal: true, "")) with { Findings = [Sick("c1")] };
        Assert.Empty(RemediationDecider.Decide([Config], view, Now));

        view = Shifted(new Recovery(RemediationDecider.PlentyOfRequests, IsNormal: true, "")) with { Findings = [Sick("c1")] };
        Assert.Equal(DecisionKind.ShiftBack, Assert.Single(RemediationDecider.Decide([Config], view, Now)).Kind);
    }

    [Fact]
    public void Decide_FindingFromBeforeTheReturn_DoesNotShiftAgain()
    {
        var view = View(3, Sick("c1")) with { ShiftedBackAt = new Dictionary<string, DateTimeOffset> { ["c1"] = Now - TimeSpan.FromSeconds(20) } };

        Assert.Empty(RemediationDecider.Decide([Config], view, Now));
        var fresh = view with { Findings = [Sick("c1") with { Since = Now - TimeSpan.FromSeconds(5) }] };
        Assert.Equal(DecisionKind.ShiftAway, Assert.Single(RemediationDecider.Decide([Config], fresh, Now)).Kind);
    }

    [Fact]
    public void Decide_NeverReverting_StaysAway()
    {
        var view = Shifted(new Recovery(100, IsNormal: true, ""));
        var shifts = view.Shifts.ToDictionary(s => s.Key, s => s.Value with { Reverts = false });

        Assert.Empty(RemediationDecider.Decide([Config], view with { Shifts = shifts }, Now));
    }

    [Fact]
    public void Decide_NoTrafficAndNoFindingForLong_IsTried() =>
        Assert.Equal(DecisionKind.ShiftBack, Assert.Single(RemediationDecider.Decide([Config], Shifted(null), Now + TimeSpan.FromSeconds(90))).Kind);

    private static Finding Sick(string instance)
    {
        var subject = new Subject(SubjectScope.Instance, "checkout", "v1", instance);
        return new Finding($"errors/{instance}", SignalKind.Errors, subject, true, Now - TimeSpan.FromMinutes(2), Now, 0.95, 0.4, 0.001, "", [new SuspectedCause(subject, 0.9, [])]);
    }

    private static RemediationView View(int instances, params Finding[] findings) => new(
        findings,
        [.. Enumerable.Range(1, instances).Select(i => new ReadyInstance($"c{i}", "checkout", "v1")), new ReadyInstance("p1", "payment", "v1")],
        new Dictionary<string, ShiftState>(),
        new Dictionary<string, IReadOnlyList<DateTimeOffset>>(),
        new Dictionary<string, DateTimeOffset>(),
        new HashSet<(string, RefusalKind)>(),
        new Dictionary<string, Recovery>());

    private static RemediationView Shifted(Recovery? recovery) => View(3) with
    {
        Shifts = new Dictionary<string, ShiftState> { ["c1"] = new("c1", "checkout", "v1", 5, "shift", true, Now - TimeSpan.FromSeconds(30), null, "d1") },
        Recoveries = recovery is null ? new Dictionary<string, Recovery>() : new Dictionary<string, Recovery> { ["c1"] = recovery },
    };
}
