using MeshInsight.Shop.Faults;
using MeshInsight.Testing;

namespace MeshInsight.Cli.Tests.Shop;

public sealed class FaultInjectorTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void Next_BeforeDuringAndAfterThePlan_FailsOnlyDuring()
    {
        var faults = new FaultInjector(_clock, 1, new FaultPlan(ErrorShare: 1, AfterSeconds: 10, ForSeconds: 5));

        Assert.False(faults.Next().Fails);
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.True(faults.Next().Fails);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.False(faults.Next().Fails);
    }

    [Fact]
    public void Next_ErrorShare_FailsThatShare()
    {
        var faults = new FaultInjector(_clock, 1, new FaultPlan(ErrorShare: 0.2));

        int failed = Enumerable.Range(0, 10_000).Count(_ => faults.Next().Fails);

        Assert.InRange(failed, 1_800, 2_200);
        Assert.Equal(failed, faults.State().Failed);
    }

    [Fact]
    public void State_FirstFailure_HasItsMoment()
    {
        var faults = new FaultInjector(_clock, 1, new FaultPlan(ErrorShare: 1, AfterSeconds: 3));
        faults.Next();
        Assert.Equal(0, faults.State().FirstFailureUnixMillis);
        _clock.Advance(TimeSpan.FromSeconds(4));

        faults.Next();
        long first = faults.State().FirstFailureUnixMillis;
        _clock.Advance(TimeSpan.FromSeconds(1));
        faults.Next();

        Assert.Equal(_clock.GetUtcNow().AddSeconds(-1).ToUnixTimeMilliseconds(), first);
        Assert.Equal(first, faults.State().FirstFailureUnixMillis);
    }

    [Fact]
    public void Next_AddedLatency_DelaysEveryRequest()
    {
        var faults = new FaultInjector(_clock, 1, new FaultPlan(AddedLatencyMs: 120));

        Assert.Equal(TimeSpan.FromMilliseconds(120), faults.Next().Delay);
        Assert.Equal(1, faults.State().Delayed);
    }

    [Fact]
    public void Replace_NewPlan_BeginsToCountAnew()
    {
        var faults = new FaultInjector(_clock, 1, new FaultPlan(ErrorShare: 1));
        faults.Next();

        faults.Replace(FaultPlan.None);

        Assert.False(faults.Next().Fails);
        Assert.Equal(0, faults.State().Failed);
    }

    [Theory]
    [InlineData(1.5, 0, "errorShare")]
    [InlineData(double.NaN, 0, "errorShare")]
    [InlineData(0, -1, "addedLatencyMs")]
    public void Problems_ImpossiblePlan_NameTheField(double share, double latency, string field) =>
        Assert.Contains(field, Assert.Single(new FaultPlan(share, latency).Problems()), StringComparison.Ordinal);
}
