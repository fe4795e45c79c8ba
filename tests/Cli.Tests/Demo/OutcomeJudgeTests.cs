using MeshInsight.Cli.Demo;
using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.Cli.Tests.Demo;

public sealed class OutcomeJudgeTests
{
    [Fact]
    public void Bad_RolledBackButNotConfirmed_IsNotOverYet()
    {
        var judge = Judge("bad");

        judge.Add(Observations.Rollout(1, RolloutPhase.Progressing, 10, 10));
        judge.Add(Observations.Rollout(2, RolloutPhase.RollingBack, 0, null));
        Assert.Null(judge.Outcome);

        judge.Add(Observations.Rollout(3, RolloutPhase.RolledBack, 0, 0));
        Assert.Equal(Outcomes.RolledBack, judge.Outcome);
        Assert.True(judge.ExpectedSeen);
    }

    [Fact]
    public void Bad_Promoted_IsNotWhatWasExpected()
    {
        var judge = Judge("bad");

        judge.Add(Observations.Rollout(1, RolloutPhase.Succeeded, 100, 100));

        Assert.Equal(Outcomes.Promoted, judge.Outcome);
        Assert.False(judge.ExpectedSeen);
    }

    [Fact]
    public void Healthy_Promoted_IsWhatWasExpected()
    {
        var judge = Judge("healthy");

        judge.Add(Observations.Rollout(1, RolloutPhase.Promoting, 100, 100));
        Assert.Null(judge.Outcome);
        judge.Add(Observations.Rollout(2, RolloutPhase.Succeeded, 100, 100));

        Assert.True(judge.ExpectedSeen);
    }

    [Fact]
    public void Downstream_HeldForAWhileWithTheCauseNamed_IsHeld()
    {
        var judge = Judge("downstream");

        judge.Add(Observations.Rollout(10, RolloutPhase.Holding, 10, 10, "payment"));
        Assert.Null(judge.Outcome);
        judge.Add(Observations.Rollout(26, RolloutPhase.Holding, 10, 10, "payment"));

        Assert.True(judge.ExpectedSeen);
    }

    [Fact]
    public void Downstream_HeldForAnotherCause_IsNotHeld()
    {
        var judge = Judge("downstream");

        judge.Add(Observations.Rollout(10, RolloutPhase.Holding, 10, 10, "cart"));
        judge.Add(Observations.Rollout(60, RolloutPhase.Holding, 10, 10, "cart"));

        Assert.Null(judge.Outcome);
    }

    [Fact]
    public void Downstream_HeldThenRolledBack_IsNotWhatWasExpected()
    {
        var judge = Judge("downstream");

        judge.Add(Observations.Rollout(10, RolloutPhase.Holding, 10, 10).With(Observations.Incident("payment")));
        judge.Add(Observations.Rollout(12, RolloutPhase.RolledBack, 0, 0).With(Observations.Incident("payment")));

        Assert.Equal(Outcomes.RolledBack, judge.Outcome);
        Assert.False(judge.ExpectedSeen);
    }

    [Fact]
    public void Degraded_AwayAndBack_IsShiftedAndReturned()
    {
        var judge = Judge("degraded");

        judge.Add(Observations.Keeps(1, ShopPlan.SickInstance, 100));
        Assert.Null(judge.Outcome);
        judge.Add(Observations.Keeps(2, ShopPlan.SickInstance, 5));
        Assert.Null(judge.Outcome);
        judge.Add(Observations.Keeps(3, ShopPlan.SickInstance, 100));

        Assert.True(judge.ExpectedSeen);
    }

    [Fact]
    public void Idle_IncidentRaised_IsAFalseAlarm()
    {
        var judge = Judge("idle");

        judge.Add(Observations.Nothing(1).With(Observations.Incident(null)));

        Assert.Equal(Outcomes.FalseAlarm, judge.Outcome);
        Assert.False(judge.ExpectedSeen);
    }

    [Fact]
    public void Idle_NothingForTheWholeTime_IsQuiet()
    {
        var judge = Judge("idle");

        judge.Add(Observations.Nothing(119));
        Assert.Null(judge.Outcome);
        judge.Add(Observations.Nothing(120));

        Assert.True(judge.ExpectedSeen);
    }

    private static OutcomeJudge Judge(string scenario) => new(Scenario.Named(scenario), TimeSpan.FromSeconds(120));
}
