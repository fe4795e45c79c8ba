using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.ControlPlane.Findings;
using MeshInsight.Testing;

namespace MeshInsight.ControlPlane.Tests.Findings;

public sealed class IncidentBookTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Take_SymptomsOfOneCause_BecomeOneIncidentThatNamesIt()
    {
        var book = NewBook();
        book.Take(Finding("f1", "frontend", null, 0), Start + Seconds(3));
        book.Take(Finding("f2", "checkout", "payment", 1), Start + Seconds(4));
        book.Take(Finding("f1", "frontend", "payment", 0) with { At = Start + Seconds(5) }, Start + Seconds(5));

        var incident = Assert.Single(Settled(book, 5));
        Assert.Equal("payment", incident.Cause!.Subject.Service);
        Assert.Equal("frontend: 21 % of requests fail, usually 0.2 %. Cause: payment, on which frontend depends.", incident.Headline);
        Assert.Equal(2, incident.Findings.Count);
        Assert.Equal([IncidentEventKind.Fault, IncidentEventKind.Detected, IncidentEventKind.CauseNamed], incident.Timeline.Select(e => e.Kind));
        Assert.Equal(Start, incident.StartedAt);
    }

    [Fact]
    public void Take_LastReportOfAFault_IsToldWithTheFiguresOfItsWorstMoment()
    {
        var book = NewBook();
        book.Take(Finding("f1", "checkout", "payment", 0), Start + Seconds(3));
        book.Take(Finding("f1", "checkout", "payment", 0) with { IsActive = false, Observed = 0, Expected = 0.001, Causes = [], At = Start + Seconds(9) }, Start + Seconds(9));

        Assert.Equal("checkout: 21 % of requests fail, usually 0.2 %. Cause: payment, on which checkout depends.", Assert.Single(Settled(book, 9)).Headline);
    }

    [Fact]
    public void Take_UnrelatedService_OpensAnotherIncident()
    {
        var book = NewBook();
        book.Take(Finding("f1", "checkout", "payment", 0), Start);
        book.Take(Finding("f2", "catalog", "catalog", 0), Start);

        Assert.Equal(2, Settled(book, 0).Count);
    }

    [Fact]
    public void Take_FindingNobodyIsSureOf_OpensNothing()
    {
        var book = NewBook();
        book.Take(Finding("f1", "checkout", null, 0) with { Confidence = 0.4 }, Start);
        book.Take(Finding("f2", "checkout", null, 0) with { IsActive = false }, Start);

        Assert.Empty(book.Settle(Start));
    }

    [Fact]
    public void Settle_AllQuietForAWhile_ClosesWithTheTimeItTook()
    {
        var book = NewBook();
        book.Take(Finding("f1", "checkout", null, 0), Start + Seconds(3));
        book.Take(Finding("f1", "checkout", null, 0) with { IsActive = false, At = Start + Seconds(30) }, Start + Seconds(30));
        Assert.Null(Assert.Single(book.Settle(Start + Seconds(31))).EndedAt);

        var closed = Assert.Single(book.Settle(Start + Seconds(36)));

        Assert.Equal(Start + Seconds(30), closed.EndedAt);
        Assert.Equal((IncidentEventKind.Recovered, "Everything is as usual again, 30 s after the fault began."), (closed.Timeline[^1].Kind, closed.Timeline[^1].Text));
    }

    [Fact]
    public void Take_SameConditionComesBackSoon_OpensTheIncidentAgain()
    {
        var book = NewBook();
        book.Take(Finding("f1", "checkout", null, 0), Start);
        book.Take(Finding("f1", "checkout", null, 0) with { IsActive = false, At = Start + Seconds(10) }, Start + Seconds(10));
        book.Settle(Start + Seconds(20));

        book.Take(Finding("f1", "checkout", null, 0) with { At = Start + Seconds(25) }, Start + Seconds(25));

        Assert.Null(Assert.Single(Settled(book, 25)).EndedAt);
    }

    [Fact]
    public void Act_RolledBack_HeadlineSaysSo()
    {
        var book = NewBook();
        var verdict = new Verdict(VerdictKind.HarmProven, Start, "21 % of the canary's requests failed.", new("v1", 1000, 2, 0, 1, 2, 3), new("v2", 100, 21, 0, 1, 2, 3), [new("errors", 5000, 200, 1)]);
        var config = new RolloutConfig("checkout-v2", "checkout", "v1", "v2", [10], 0.01, 100, ["errors"], OnHarm.RollBack);
        book.Take(ProvenHarm.Write(config, verdict, Start - Seconds(3), isActive: true), Start);
        book.Act(new Decision("d1", Start, DecisionKind.RollBack, "checkout-v2", "mesh", "v2 is rolled back.", "{}", "", 0.01, "", 7, null), "checkout", Start);

        var incident = Assert.Single(Settled(book, 0));
        Assert.Equal("checkout v2 was rolled back: 21 % of requests fail, usually 0.2 %. Cause: v2 itself (its own code, not a dependency).", incident.Headline);
        Assert.Equal(["d1"], incident.DecisionIds);
    }

    [Fact]
    public void Restart_OpenIncident_IsRememberedAndCloses()
    {
        var book = NewBook();
        book.Take(Finding("f1", "checkout", "payment", 0), Start);
        book.Settle(Start);

        var again = NewBook();
        Assert.Equal("payment", Assert.Single(again.Incidents).Cause!.Subject.Service);
        again.Take(Finding("f1", "checkout", "payment", 0) with { IsActive = false, At = Start + Seconds(60) }, Start + Seconds(60));
        Assert.NotNull(Assert.Single(again.Settle(Start + Seconds(70))).EndedAt);
    }

    private static IReadOnlyList<Incident> Settled(IncidentBook book, int seconds)
    {
        book.Settle(Start + Seconds(seconds));
        return book.Incidents;
    }

    private static Finding Finding(string id, string service, string? cause, int since) => new(
        id,
        SignalKind.Errors,
        new Subject(SubjectScope.Service, service),
        true,
        Start + Seconds(since),
        Start + Seconds(since + 2),
        0.9 - (since * 0.1),
        0.21,
        0.002,
        "",
        cause is null ? [] : [new SuspectedCause(new Subject(SubjectScope.Service, cause), 0.8, ["It fails first."])]);

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private IncidentBook NewBook() => new(_directory.File("data"));
}
