using MeshInsight.Portal.Clients;
using MeshInsight.Portal.Tests.Demo;
using MeshInsight.Portal.ViewModels;

namespace MeshInsight.Portal.Tests.ViewModels;

public class OverviewStoryTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 2, 30, 0, TimeSpan.Zero);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);
    private static readonly DemoMesh Mesh = new(Now);

    [Fact]
    public void NothingAnswered_IsUnknown_NotWell()
    {
        var story = OverviewStory.Of(Now, null, null, null, Window);
        Assert.Equal(Condition.Unknown, story.Condition);
        Assert.DoesNotContain("well", story.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void NoRequests_IsUnknown_NotWell() =>
        Assert.Equal(Condition.Unknown, OverviewStory.Of(Now, [], [], Red.None, Window).Condition);

    [Fact]
    public void ControlPlaneAway_TrafficFlows_SaysBoth()
    {
        var story = OverviewStory.Of(Now, null, null, Healthy, Window);
        Assert.Equal(Condition.Unknown, story.Condition);
        Assert.Contains("control plane does not answer", story.Sentence, StringComparison.Ordinal);
        Assert.Contains("Traffic flows", story.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void NothingOpen_TrafficHealthy_IsWell()
    {
        var story = OverviewStory.Of(Now, [], [], Healthy, Window);
        Assert.Equal(Condition.Ok, story.Condition);
        Assert.StartsWith("All is well", story.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void RequestsFailWithoutIncident_IsNotWell() =>
        Assert.Equal(Condition.Failing, OverviewStory.Of(Now, [], [], Healthy with { Errors = 900 }, Window).Condition);

    [Fact]
    public void CanaryTakenOut_NamesVersionWhenWhyAndCause()
    {
        var story = OverviewStory.Of(Now, [DemoRecords.Incident(Mesh, "t")], [DemoRecords.RolledBack(Mesh)], Healthy, Window);
        Assert.Equal(Condition.Failing, story.Condition);
        Assert.StartsWith("checkout v2 was rolled back 25\u00a0s ago: ", story.Sentence, StringComparison.Ordinal);
        Assert.Contains("of its requests failed, v1 0.2\u00a0%. Cause: v2 itself", story.Sentence, StringComparison.Ordinal);
        Assert.Equal("rollouts/checkout-v2", story.Link);
    }

    private static Red Healthy => new(5400, 4, 31, 62, 98, 34);
}
