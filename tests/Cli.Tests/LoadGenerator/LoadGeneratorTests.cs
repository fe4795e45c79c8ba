using System.Net;
using MeshInsight.Cli.Tests.Shop;
using MeshInsight.LoadGenerator;
using MeshInsight.Testing;

namespace MeshInsight.Cli.Tests.LoadGenerator;

public sealed class LoadGeneratorTests
{
    private readonly ManualTimeProvider _clock = new();

    [Theory]
    [InlineData(200, null, null, "Ok", "")]
    [InlineData(500, "app checkout v2", null, "FailedByApp", "app checkout v2")]
    [InlineData(500, "mesh payment Unavailable", null, "FailedByMesh", "mesh payment Unavailable")]
    [InlineData(503, null, "UH", "FailedByMesh", "mesh 503 UH")]
    [InlineData(502, null, null, "FailedByMesh", "mesh 502")]
    [InlineData(404, null, null, "FailedByMesh", "mesh 404")]
    public void Classify_Answer_TellsWhoseDoingItIs(int status, string? blame, string? flags, string outcome, string cause) =>
        Assert.Equal((Enum.Parse<Outcome>(outcome), cause), Classifier.Classify((HttpStatusCode)status, blame, flags));

    [Fact]
    public void Classify_NoAnswer_IsTheMeshesDoing()
    {
        Assert.Equal((Outcome.FailedByMesh, "timeout"), Classifier.Classify(new TaskCanceledException()));
        Assert.Equal(
            (Outcome.FailedByMesh, "connection ConnectionError"),
            Classifier.Classify(new HttpRequestException(HttpRequestError.ConnectionError, "refused")));
    }

    [Fact]
    public void Tally_SecondsAndTotal_AddUp()
    {
        var tally = new Tally();
        tally.Sent();
        tally.Sent();
        tally.Ended(Outcome.Ok, "", 5);
        var first = tally.TakeSecond(_clock.GetUtcNow());
        tally.Ended(Outcome.FailedByMesh, "timeout", 15_000);
        tally.NotSent();
        var second = tally.TakeSecond(_clock.GetUtcNow());
        var total = tally.Total(_clock.GetUtcNow());

        Assert.Equal((2, 1, 0, 1), (first.Sent, first.Ok, first.FailedByMesh, first.InFlight));
        Assert.Equal((0, 0, 1, 0), (second.Sent, second.Ok, second.FailedByMesh, second.InFlight));
        Assert.Equal((2, 1, 1, 1), (total.Sent, total.Ok, total.FailedByMesh, total.NotSent));
        Assert.Equal(15_000, second.P99Millis);
        Assert.Equal(1, total.Causes["timeout"]);
    }

    [Fact]
    public void Schedule_AfterTheRamp_KeepsTheRate()
    {
        var schedule = new Schedule(100, TimeSpan.FromSeconds(4));

        Assert.Equal(1, schedule.DueBy(TimeSpan.Zero));
        Assert.Equal(51, schedule.DueBy(TimeSpan.FromSeconds(2)));
        Assert.Equal(201, schedule.DueBy(TimeSpan.FromSeconds(4)));
        Assert.Equal(1201, schedule.DueBy(TimeSpan.FromSeconds(14)));
    }

    [Fact]
    public void Schedule_TimeOfEveryRequest_IsWhenItBecomesDue() => Property.ForAll(100, random =>
    {
        var schedule = new Schedule(random.Next(1, 500), TimeSpan.FromSeconds(random.Next(0, 5)));
        long index = random.Next(1, 5000);
        var due = schedule.TimeOf(index);

        Assert.True(schedule.DueBy(due + TimeSpan.FromMilliseconds(0.1)) > index);
        Assert.True(schedule.DueBy(due - TimeSpan.FromMilliseconds(0.1)) <= index);
    });

    [Fact]
    public async Task Program_AgainstAServer_SendsEveryRequestItIsAskedFor()
    {
        await using var shop = await FakeSidecar.StartAsync();
        await using var load = ProgramProcess.Start(
            Repository.ProgramPath("LoadGenerator"), [], "--url", shop.Url.ToString(), "--rate", "50", "--duration", "1", "--ramp", "0");

        Assert.Equal(0, await load.WaitForExitAsync());

        Assert.Equal(51, shop.Requests.Count);
        Assert.Contains("\"kind\":\"total\"", load.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_WrongOptions_NamesThem()
    {
        await using var load = ProgramProcess.Start(Repository.ProgramPath("LoadGenerator"), [], "--rate", "fast", "--speed", "1");

        Assert.Equal(2, await load.WaitForExitAsync());

        Assert.Contains("--rate is \"fast\"; it may be 0.1 to 100000.", load.Output, StringComparison.Ordinal);
        Assert.Contains("Option --speed is not known", load.Output, StringComparison.Ordinal);
    }
}
