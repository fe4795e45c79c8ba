using MeshInsight.ControlPlane.Findings;
using MeshInsight.Findings.V1;
using MeshInsight.Testing;

namespace MeshInsight.ControlPlane.Tests.Findings;

public class CollectorInboxTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly CollectorInbox _inbox;

    public CollectorInboxTests() => _inbox = new CollectorInbox(_clock);

    [Fact]
    public void Accept_SameReportAgain_CountsOnce()
    {
        Assert.True(_inbox.Accept(Report("a", 1, 100, FakeCollector.Served("checkout", "v1", "c1", 10))));
        Assert.False(_inbox.Accept(Report("a", 1, 100, FakeCollector.Served("checkout", "v1", "c1", 10))));
        Assert.True(_inbox.Accept(Report("b", 1, 100, FakeCollector.Served("checkout", "v1", "c1", 5))));

        Assert.Equal(15, Take("checkout", "v1").Requests);
    }

    [Fact]
    public void Accept_CollectorBeganAnewUnderItsOldId_IsHeard()
    {
        _inbox.Accept(Report("a", 1, 100, FakeCollector.Served("checkout", "v1", "c1", 10)));

        Assert.True(_inbox.Accept(Report("a", 1, 500, FakeCollector.Served("checkout", "v1", "c1", 7))));
        Assert.Equal(17, Take("checkout", "v1").Requests);
    }

    [Fact]
    public void TryReadSecond_OneOfTwoCollectorsIsLate_WaitsThenGoesOn()
    {
        _inbox.Accept(Report("a", 1, 100));
        _inbox.Accept(Report("b", 1, 100));
        Assert.True(_inbox.TryReadSecond(_ => { }));
        Assert.False(_inbox.TryReadSecond(_ => { }));

        _inbox.Accept(Report("a", 2, 101));
        Assert.False(_inbox.TryReadSecond(_ => { }));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_inbox.TryReadSecond(_ => { }));

        // The other one is gone for good: nobody waits for it any more.
        _clock.Advance(TimeSpan.FromSeconds(5));
        _inbox.Accept(Report("a", 3, 102));
        Assert.True(_inbox.TryReadSecond(_ => { }));
        Assert.Equal(1, _inbox.LiveCollectors);
    }

    [Fact]
    public void TakeNews_FindingFallsSilent_EndsIt()
    {
        _inbox.Accept(Report("a", 1, 100, FakeCollector.SickInstance("checkout", "v1", "c1")));
        Assert.True(Assert.Single(_inbox.TakeNews()).IsActive);
        Assert.Single(_inbox.ActiveFindings());

        _clock.Advance(TimeSpan.FromSeconds(31));

        Assert.False(Assert.Single(_inbox.TakeNews()).IsActive);
        Assert.Empty(_inbox.ActiveFindings());
    }

    [Fact]
    public void Accept_FindingWithoutSubjectOrWithImpossibleNumbers_DoesNoHarm()
    {
        var broken = FakeCollector.SickInstance("checkout", "v1", "c1");
        broken.Subject = null;
        var odd = FakeCollector.SickInstance("checkout", "v1", "c2");
        (odd.Confidence, odd.Observed) = (double.NaN, double.PositiveInfinity);
        var late = FakeCollector.SickInstance("checkout", "v1", "c3");
        late.AtUnixMillis = long.MaxValue;

        _inbox.Accept(Report("a", 1, 100, broken, odd, late));

        Assert.Equal(2, _inbox.Refused);
        Assert.Equal((0, 0), (_inbox.ActiveFindings()[0].Confidence, _inbox.ActiveFindings()[0].Observed));
    }

    [Fact]
    public void Take_CallerSeesRefusedConnections_TheLargerViewCounts()
    {
        _inbox.Accept(Report("a", 1, 100, FakeCollector.Served("checkout", "v2", "c2", 10, 1), FakeCollector.Called("frontend", "v1", "checkout", "v2", 30, 21)));

        var window = Take("checkout", "v2");
        Assert.Equal((30, 21), (window.Requests, window.Errors));
    }

    [Fact]
    public void Take_ViewsOfOneCallInNeighbouringSeconds_CountItOnce()
    {
        _inbox.Accept(Report("a", 1, 100, FakeCollector.Served("checkout", "v2", "c2", 10, 1), FakeCollector.Called("frontend", "v1", "checkout", "v2", 8)));
        var first = Take("checkout", "v2");
        _inbox.Accept(Report("a", 2, 101, FakeCollector.Served("checkout", "v2", "c2", 10), FakeCollector.Called("frontend", "v1", "checkout", "v2", 12, 1)));
        var second = Take("checkout", "v2");

        Assert.Equal((20, 1), (first.Requests + second.Requests, first.Errors + second.Errors));
    }

    [Fact]
    public void Take_ExplainedErrors_AreKeptByCallee()
    {
        _inbox.Accept(Report("a", 1, 100,
            FakeCollector.Called("checkout", "v2", "payment", "v1", 30, 5, explained: 4),
            FakeCollector.Called("checkout", "v2", "cart", "v1", 30)));

        Assert.Equal(new Dictionary<string, long> { ["payment"] = 4 }, Take("checkout", "v2").Explained);
        Assert.Equal(["payment", "cart"], _inbox.Read(w => w.CalleesOf("checkout").ToList()));
    }

    private ArmWindow Take(string service, string version) => _inbox.Read(w => w.Take(service, version));

    private static CollectorReport Report(string collector, ulong sequence, long second, params object[] parts)
    {
        var report = new CollectorReport { CollectorId = collector, Sequence = sequence, WindowUnixSeconds = second };
        report.Services.AddRange(parts.OfType<ServiceWindow>());
        report.Edges.AddRange(parts.OfType<EdgeWindow>());
        report.Findings.AddRange(parts.OfType<FindingMessage>());
        return report;
    }
}
