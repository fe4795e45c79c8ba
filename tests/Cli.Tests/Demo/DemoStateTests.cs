using System.Text.Json;
using MeshInsight.Cli.Demo;
using MeshInsight.Cli.Platform;
using MeshInsight.Cli.Views;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.LoadGenerator;
using MeshInsight.Testing;
using Spectre.Console;

namespace MeshInsight.Cli.Tests.Demo;

public sealed class DemoStateTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void Load_SecondsThenTotal_TotalHasTheLastWord()
    {
        var state = State();

        state.Add(Line("second", 10));
        state.Add(Line("second", 12));
        Assert.Equal(22, state.LoadTotal.Sent);
        state.Add(Line("total", 23));

        Assert.Equal(23, state.LoadTotal.Sent);
        Assert.Equal(12, state.LoadSecond.Sent);
    }

    [Fact]
    public void LoadLine_OfTheGenerator_IsRead()
    {
        var tally = new Tally();
        tally.Sent();
        tally.Ended(Outcome.FailedByApp, "app checkout v2", 12);

        var line = LoadLine.TryRead(JsonSerializer.Serialize(tally.Total(_clock.GetUtcNow()), JsonSerializerOptions.Web));

        Assert.Equal(1, line!.FailedByApp);
        Assert.Equal(1, line.Causes["app checkout v2"]);
        Assert.Null(LoadLine.TryRead("not a report"));
        Assert.Null(LoadLine.TryRead("{broken"));
    }

    [Fact]
    public void Changes_WeightConfirmed_IsOneEvent()
    {
        var before = Observations.Rollout(1, RolloutPhase.RollingBack, 0, null);
        var now = Observations.Rollout(2, RolloutPhase.RolledBack, 0, 0);

        var (kind, text) = Assert.Single(Changes.Between(before, now));

        Assert.Equal("rollout", kind);
        Assert.Equal("checkout-v2 RolledBack, v2 at 0 %, confirmed by every sidecar: a reason", text);
        Assert.Empty(Changes.Between(now, now));
    }

    [Fact]
    public void Changes_IncidentWithCause_AreTwoEvents()
    {
        var now = Observations.Nothing(1).With(Observations.Incident("payment"));

        Assert.Equal(["incident", "cause"], Changes.Between(Observations.Nothing(0), now).Select(change => change.Kind));
    }

    [Fact]
    public void Summary_AsJson_IsOneLineWithTheAgreedNames()
    {
        var summary = new DemoSummary("bad", Outcomes.RolledBack, Outcomes.RolledBack, true, 4.2, 3.1, 9, 12, 1000, 7, 0, new Dictionary<string, long>(), 0, "checkout v2", true, "odds 500 to 1", 1, 90, "http://127.0.0.1:4300/");

        string json = summary.ToJson();

        Assert.DoesNotContain('\n', json);
        var read = JsonDocument.Parse(json).RootElement;
        Assert.Equal("bad", read.GetProperty("scenario").GetString());
        Assert.Equal("RolledBack", read.GetProperty("outcome").GetString());
        Assert.Equal("RolledBack", read.GetProperty("expected").GetString());
        Assert.Equal(4.2, read.GetProperty("secondsFromFirstFailureToWeightZero").GetDouble());
        Assert.Equal(1000, read.GetProperty("requestsSent").GetInt64());
        Assert.Equal(0, read.GetProperty("requestsFailedByMesh").GetInt64());
        Assert.Equal("checkout v2", read.GetProperty("causeNamed").GetString());
    }

    [Fact]
    public void LiveView_RolloutAndIncident_ShowsPhaseEvidenceCauseAndPortal()
    {
        var state = State();
        state.Add(Line("second", 100));
        state.Observation = Observations.Rollout(30, RolloutPhase.RolledBack, 0, 0).With(Observations.Incident("payment"));
        state.Add("fault", "first request hit [by] the fault");
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(text) });

        console.Write(new LiveView(state, console, _clock).Draw());

        string shown = text.ToString();
        Assert.Contains("RolledBack", shown, StringComparison.Ordinal);
        Assert.Contains("a reason", shown, StringComparison.Ordinal);
        Assert.Contains("cause payment", shown, StringComparison.Ordinal);
        Assert.Contains("http://127.0.0.1:4300/", shown, StringComparison.Ordinal);
        Assert.Contains("first request hit [by] the fault", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void PlainView_Event_IsOneLine()
    {
        var state = State();
        using var text = new StringWriter();
        _ = new PlainView(state, text, _clock);

        state.Add("rollout", "checkout-v2 applied");

        Assert.EndsWith("rollout  checkout-v2 applied\n", text.ToString(), StringComparison.Ordinal);
    }

    private static LoadLine Line(string kind, long sent) => LoadLine.Nothing with { Kind = kind, Sent = sent, Ok = sent };

    private DemoState State() => new(Scenario.Named("bad"), new Uri("http://127.0.0.1:4300/"), new StartProgress(_clock), _clock);
}
