using MeshInsight.Contracts.Rollouts;
using MeshInsight.ControlPlane.Decide;

namespace MeshInsight.ControlPlane.Tests.Decide;

public class RolloutDeciderTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset LongAgo = Now - TimeSpan.FromMinutes(5);

    private static readonly RolloutConfig Config = new("checkout-v2", "checkout", "v1", "v2", [5, 25, 100], 0.01, 500, ["errors", "latency"], OnHarm.RollBack);

    // Ready, confirmed long ago, traffic flows, no harm, requests missing: nothing to do.
    private static readonly RolloutView Calm = new(
        Says(VerdictKind.NoHarmSeen), RequestsNeeded: 120, LastCanaryRequest: Now, StableReady: true, CanaryReady: true, ConfirmedAt: LongAgo, RefusedBy: [], SharedCause: "");

    private static readonly RolloutState Progressing = RolloutState.New(Config, LongAgo).To(RolloutPhase.Progressing, LongAgo) with { WeightPercent = 5 };

    public static TheoryData<string, string, string> Cases() => new()
    {
        // state | what is seen | decision, phase, weight
        { "initializing", "calm", "StartRollout Progressing 5" },
        { "initializing", "no canary", "-" },
        { "initializing", "no stable", "-" },
        { "initializing paused", "calm", "-" },
        { "progressing", "calm", "-" },
        { "progressing", "enough", "OpenStep Progressing 25" },
        { "progressing", "enough, just confirmed", "-" },
        { "progressing", "enough, not confirmed", "-" },
        { "progressing", "enough, not enough data", "-" },
        { "last step", "enough", "Promote Promoting 100" },
        { "progressing", "harm", "RollBack RollingBack 0" },
        { "progressing", "harm, no stable", "Hold Holding 5" },
        { "progressing", "harm, no canary", "RollBack RollingBack 0" },
        { "progressing, on harm hold", "harm", "Hold Holding 5" },
        { "progressing, on harm propose", "harm", "Propose Holding 5" },
        { "held by harm, on harm hold", "harm", "-" },
        { "held by harm", "harm", "RollBack RollingBack 0" },
        { "held by harm", "harm, no stable", "-" },
        { "held by harm, on harm hold", "enough", "-" },
        { "paused", "harm", "RollBack RollingBack 0" },
        { "paused", "enough", "-" },
        { "progressing", "shared", "Hold Holding 5" },
        { "progressing", "finding blames payment", "Hold Holding 5" },
        { "progressing", "finding blames payment, harm", "RollBack RollingBack 0" },
        { "held by shared cause", "shared", "-" },
        { "held by shared cause", "calm", "Resume Progressing 5" },
        { "held by shared cause just now", "calm", "-" },
        { "progressing", "no canary", "Hold Holding 5" },
        { "held by no canary", "calm", "Resume Progressing 5" },
        { "progressing", "no stable", "-" },
        { "progressing", "no traffic", "Hold Holding 5" },
        { "progressing since now", "no traffic", "-" },
        { "held by no traffic", "no traffic", "-" },
        { "held by no traffic", "calm", "Resume Progressing 5" },
        { "promoting", "calm", "- Succeeded 100" },
        { "promoting", "no stable", "- Succeeded 100" },
        { "promoting", "harm, no stable", "- Succeeded 100" },
        { "promoting", "no canary", "-" },
        { "promoting", "enough, not confirmed", "-" },
        { "promoting", "enough, just confirmed", "-" },
        { "rolling back", "calm", "- RolledBack 0" },
        { "rolling back", "enough, not confirmed", "-" },
        { "rolling back", "refused", "Refuse Failed 0" },
        { "rolling back just now", "refused", "-" },
        { "succeeded", "harm", "-" },
        { "rolled back", "enough", "-" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Decide_Case_MovesAsTheTableSays(string state, string seen, string expected)
    {
        var move = RolloutDecider.Decide(State(state), View(seen), Now);

        string actual = move is null ? "-" : $"{(move.Kind is { } kind ? kind : "-")} {move.Next.Phase} {move.Next.WeightPercent}";
        Assert.Equal(expected, actual);
        Assert.True(move is null || move.Reason.Length > 20, move?.Reason);
    }

    [Fact]
    public void Decide_SharedCause_NamesTheDependency()
    {
        var move = RolloutDecider.Decide(Progressing, View("shared"), Now)!;

        Assert.Contains("payment", move.Reason, StringComparison.Ordinal);
        Assert.Equal(HoldKind.SharedCause, move.Next.Hold);
    }

    [Fact]
    public void Decide_NoTraffic_SaysHowManyRequestsAreMissing()
    {
        var move = RolloutDecider.Decide(Progressing, View("no traffic"), Now)!;

        Assert.Contains("about 120 more", move.Reason, StringComparison.Ordinal);
        Assert.Equal(HoldKind.NoTraffic, move.Next.Hold);
    }

    [Fact]
    public void Decide_Harm_CarriesAlphaAsItsErrorBound() =>
        Assert.Equal(0.01, RolloutDecider.Decide(Progressing, View("harm"), Now)!.ErrorBound);

    [Theory]
    [InlineData("progressing", RolloutCommand.Promote, "Promoting 100")]
    [InlineData("held by shared cause", RolloutCommand.Promote, "Promoting 100")]
    [InlineData("succeeded", RolloutCommand.Promote, "")]
    [InlineData("rolling back", RolloutCommand.Promote, "")]
    [InlineData("initializing", RolloutCommand.Abort, "RollingBack 0")]
    [InlineData("progressing", RolloutCommand.Abort, "RollingBack 0")]
    [InlineData("promoting", RolloutCommand.Abort, "RollingBack 0")]
    [InlineData("succeeded", RolloutCommand.Abort, "RollingBack 0")]
    [InlineData("rolled back", RolloutCommand.Abort, "")]
    [InlineData("progressing", RolloutCommand.Pause, "Holding 5")]
    [InlineData("initializing", RolloutCommand.Pause, "Initializing 0")]
    [InlineData("paused", RolloutCommand.Pause, "")]
    [InlineData("promoting", RolloutCommand.Pause, "")]
    [InlineData("paused", RolloutCommand.Resume, "Progressing 5")]
    [InlineData("initializing paused", RolloutCommand.Resume, "Initializing 0")]
    [InlineData("rolled back", RolloutCommand.Resume, "Initializing 0")]
    [InlineData("held by harm", RolloutCommand.Resume, "Progressing 5")]
    [InlineData("held by shared cause", RolloutCommand.Resume, "")]
    [InlineData("progressing", RolloutCommand.Resume, "")]
    internal void Command_State_MovesOrSaysWhyNot(string state, RolloutCommand command, string expected)
    {
        var (move, problem) = RolloutCommands.Decide(State(state), command, Calm, Now);

        Assert.Equal(expected, move is null ? "" : $"{move.Next.Phase} {move.Next.WeightPercent}");
        Assert.Equal(move is null, problem.Length > 0);
        Assert.True(move is null or { By: RolloutMove.ByPerson, ErrorBound: null });
    }

    [Fact]
    public void Command_PromoteWithoutCanary_OrAbortWithoutStable_IsRefused()
    {
        Assert.Null(RolloutCommands.Decide(Progressing, RolloutCommand.Promote, View("no canary"), Now).Move);
        Assert.Null(RolloutCommands.Decide(Progressing, RolloutCommand.Abort, View("no stable"), Now).Move);
        Assert.Null(RolloutCommands.Decide(State("held by harm"), RolloutCommand.Resume, View("harm"), Now).Move);
    }

    private static RolloutState State(string name) => name switch
    {
        "initializing" => RolloutState.New(Config, LongAgo),
        "initializing paused" => RolloutState.New(Config, LongAgo) with { PausedByPerson = true },
        "progressing" => Progressing,
        "progressing since now" => Progressing with { PhaseSince = Now - TimeSpan.FromSeconds(1) },
        "progressing, on harm hold" => Progressing with { Config = Config with { OnHarm = OnHarm.Hold } },
        "progressing, on harm propose" => Progressing with { Config = Config with { OnHarm = OnHarm.Propose } },
        "last step" => Progressing with { StepIndex = 1, WeightPercent = 25 },
        "held by harm, on harm hold" => Progressing.Held(HoldKind.Harm, LongAgo) with { Config = Config with { OnHarm = OnHarm.Hold } },
        "held by harm" => Progressing.Held(HoldKind.Harm, LongAgo),
        "held by shared cause" => Progressing.Held(HoldKind.SharedCause, LongAgo),
        "held by shared cause just now" => Progressing.Held(HoldKind.SharedCause, Now - TimeSpan.FromSeconds(1)),
        "held by no canary" => Progressing.Held(HoldKind.NoCanary, LongAgo),
        "held by no traffic" => Progressing.Held(HoldKind.NoTraffic, LongAgo),
        "paused" => Progressing.Held(HoldKind.Person, LongAgo) with { PausedByPerson = true },
        "promoting" => RolloutDecider.Promote(Progressing, LongAgo),
        "rolling back" => RolloutDecider.RollBack(Progressing, LongAgo),
        "rolling back just now" => RolloutDecider.RollBack(Progressing, Now - TimeSpan.FromSeconds(1)),
        "succeeded" => RolloutDecider.Promote(Progressing, LongAgo).Ended(RolloutPhase.Succeeded, LongAgo),
        "rolled back" => RolloutDecider.RollBack(Progressing, LongAgo).Ended(RolloutPhase.RolledBack, LongAgo),
        _ => throw new ArgumentException(name),
    };

    private static RolloutView View(string name)
    {
        var view = Calm;
        foreach (string part in name.Split(", "))
        {
            view = part switch
            {
                "calm" => view,
                "enough" => view with { RequestsNeeded = 0 },
                "not enough data" => view with { Verdict = Says(VerdictKind.NotEnoughData) },
                "just confirmed" => view with { ConfirmedAt = Now - TimeSpan.FromSeconds(1) },
                "not confirmed" => view with { ConfirmedAt = null },
                "harm" => view with { Verdict = Says(VerdictKind.HarmProven) },
                "shared" => view with { Verdict = Says(VerdictKind.SharedCause) with { Cause = "payment" } },
                "finding blames payment" => view with { SharedCause = "payment" },
                "no canary" => view with { CanaryReady = false },
                "no stable" => view with { StableReady = false },
                "no traffic" => view with { LastCanaryRequest = null },
                "refused" => view with { ConfirmedAt = null, RefusedBy = ["frontend-1"] },
                _ => throw new ArgumentException(part),
            };
        }

        return view;
    }

    private static Verdict Says(VerdictKind kind) =>
        new(kind, Now, "21 % of the canary's requests failed, 0.2 % of the stable version's.", Counts("v1"), Counts("v2"), []);

    private static ArmCounts Counts(string version) => new(version, 0, 0, 0, 0, 0, 0);
}
