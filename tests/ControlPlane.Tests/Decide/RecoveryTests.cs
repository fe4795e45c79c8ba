using MeshInsight.Contracts.Telemetry;
using MeshInsight.ControlPlane.Decide;
using MeshInsight.ControlPlane.Findings;

namespace MeshInsight.ControlPlane.Tests.Decide;

public class RecoveryTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(3, 0, 10, true)]
    [InlineData(3, 1, 10, false)]
    [InlineData(3, 0, 40, false)]
    [InlineData(1, 0, 10, false)]
    public void Measure_KeptTraffic_IsNormalOnlyWithEnoughGoodRequests(int perSecond, int errors, double millis, bool isNormal)
    {
        var own = Health("c1", 12, perSecond, errors, millis);
        var recovery = Recovery.Measure(own, [Health("c2", 12, 60, 0, 10), Health("c3", 12, 60, 0, 11)], Start - TimeSpan.FromSeconds(1), Recovery.MinimumRequests);

        Assert.Equal(isNormal, recovery.IsNormal);
    }

    [Fact]
    public void Measure_ManyRequestsWithinASecond_WaitsForTheSpan() =>
        Assert.False(Recovery.Measure(Health("c1", 2, 500, 0, 10), [], Start - TimeSpan.FromSeconds(1), Recovery.MinimumRequests).IsNormal);

    [Fact]
    public void Measure_SecondsBeforeTheShift_DoNotCount()
    {
        var own = Health("c1", 30, 10, 0, 10);
        Assert.False(Recovery.Measure(own, [], Start + TimeSpan.FromSeconds(28), Recovery.MinimumRequests).IsNormal);
    }

    [Fact]
    public void Measure_PeersFailToo_IsNormalAmongThem() =>
        Assert.True(Recovery.Measure(Health("c1", 10, 10, 1, 10), [Health("c2", 10, 60, 6, 10)], Start - TimeSpan.FromSeconds(1), Recovery.MinimumRequests).IsNormal);

    private static InstanceHealth Health(string instance, int seconds, int requests, int errors, double millis)
    {
        var health = new InstanceHealth("checkout", "v1", instance);
        for (int i = 0; i < seconds; i++)
        {
            health.Add(Start + TimeSpan.FromSeconds(i), requests, errors, [(uint)LatencySketch.BucketOf((long)(millis * 1e6))], [(ulong)requests]);
        }

        return health;
    }
}
