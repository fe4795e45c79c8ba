using MeshInsight.Cli.Commands;
using MeshInsight.Cli.Demo;

namespace MeshInsight.Cli.Tests.Commands;

public sealed class OptionTests
{
    [Fact]
    public void Demo_NoOptions_IsTheBadCanaryAtTheDefaultBase()
    {
        var parsed = MeshCommand.Create(TimeProvider.System).Parse(["demo"]);

        Assert.Empty(parsed.Errors);
        var options = DemoCommand.Read(parsed);
        Assert.Equal("bad", options.Scenario.Name);
        Assert.Equal(100, options.RatePerSecond);
        Assert.Equal(TimeSpan.FromSeconds(60), options.FaultAfter);
        Assert.Equal(4300, CommonOptions.Layout(parsed).PortBase);
    }

    [Fact]
    public void Demo_AllOptions_AreTaken()
    {
        var parsed = MeshCommand.Create(TimeProvider.System).Parse(
            ["demo", "--scenario", "degraded", "--plain", "--duration", "5m", "--warm-up", "8", "--fault-after", "2s", "--rate", "200", "--port-base", "5300"]);

        Assert.Empty(parsed.Errors);
        var options = DemoCommand.Read(parsed);
        Assert.Equal("degraded", options.Scenario.Name);
        Assert.Equal(TimeSpan.FromMinutes(5), options.Limit);
        Assert.Equal(TimeSpan.FromSeconds(8), options.WarmUp);
        Assert.Equal(TimeSpan.FromSeconds(2), options.FaultAfter);
        Assert.Equal(200, options.RatePerSecond);
        Assert.False(options.StayOpen);
        Assert.Equal(5300, CommonOptions.Layout(parsed).PortBase);
    }

    [Theory]
    [InlineData("demo --scenario other", "'degraded'")]
    [InlineData("demo --rate 0", "1 to 10000")]
    [InlineData("token create", "--service")]
    [InlineData("token create --service checkout --minutes 0", "1 to 10080")]
    [InlineData("demo --duration soon", "90s, 5m, 1h")]
    [InlineData("up --port-base 80", "1024 to")]
    [InlineData("get everything", "'instances'")]
    [InlineData("apply", "--file")]
    [InlineData("rollout promote", "promote")]
    [InlineData("nothing", "nothing")]
    public void CommandLine_Wrong_SaysWhatMayBe(string line, string expected)
    {
        var parsed = MeshCommand.Create(TimeProvider.System).Parse(line.Split(' '));

        Assert.Contains(parsed.Errors, error => error.Message.Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("90", 90)]
    [InlineData("90s", 90)]
    [InlineData("1.5m", 90)]
    [InlineData("1h", 3600)]
    public void Duration_EveryUnit_IsRead(string text, int seconds)
    {
        Assert.True(Durations.TryRead(text, out var value));
        Assert.Equal(seconds, value.TotalSeconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("-5s")]
    [InlineData("5d")]
    [InlineData("25h")]
    public void Duration_Wrong_IsRefused(string text) => Assert.False(Durations.TryRead(text, out _));

    [Fact]
    public void Scenarios_EachOne_IsOffered() =>
        Assert.Equal(["bad", "healthy", "slow", "downstream", "degraded", "idle"], Scenario.All.Select(scenario => scenario.Name));
}
