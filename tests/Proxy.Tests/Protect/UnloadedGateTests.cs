using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;

namespace MeshInsight.Proxy.Tests.Protect;

/// <summary>A learned limit before an app that can do what it is asked for, so that nobody may be shed. The app has 64 workers unless said otherwise.</summary>
public sealed class UnloadedGateTests
{
    // As in the Overload benchmark: the least latency is measured every ten seconds, so that a minute holds several.
    private static readonly AdaptiveConcurrencyConfig Adaptive = new(3, 1000, TimeSpan.FromMilliseconds(100), 25, TimeSpan.FromSeconds(10), 50, 15);
    private static readonly OverloadConfig Overload = new(0, Adaptive, 1024, TimeSpan.FromMilliseconds(100));

    private readonly ManualTimeProvider _time = new();

    private QueueingGate Start(int seed, double serviceMillis, double chance) =>
        new(new AdmissionGate(Overload, _time, new Random(seed)), _time, new Random(seed + 1000)) { ServiceTime = TimeSpan.FromMilliseconds(serviceMillis), Chance = chance };

    [Theory]
    [InlineData(100, 0.1)]
    [InlineData(100, 0.5)]
    [InlineData(5, 0.5)]
    [InlineData(1000, 0.5)]
    public void IndependentRequests_AreNeverShed(double serviceMillis, double chance) => Property.ForAll(5, random =>
    {
        var app = Start(random.Next(), serviceMillis, chance);

        // Two fifths of what the app can do.
        app.Run(TimeSpan.FromSeconds(60), 25.6 / serviceMillis * 1000);

        Assert.Equal(0, app.Shed);
    });

    [Theory]
    [InlineData(30, 200)]
    [InlineData(60, 300)]
    [InlineData(60, 2000)]
    public void Bursts_ThatTheAppCanTake_AreNeverShed(int size, int everyMillis) => Property.ForAll(5, random =>
    {
        var app = Start(random.Next(), 100, 0.5);

        app.RunBursts(TimeSpan.FromSeconds(60), size, TimeSpan.FromMilliseconds(everyMillis));

        Assert.Equal(0, app.Shed);
    });

    [Fact]
    public void Bursts_AfterATimeOfFewRequests_AreNeverShed() => Property.ForAll(5, random =>
    {
        var app = Start(random.Next(), 100, 0.5);
        app.RunBursts(TimeSpan.FromSeconds(5), 50, TimeSpan.FromMilliseconds(500));

        for (int i = 0; i < 6; i++)
        {
            app.Run(TimeSpan.FromSeconds(10), 10);
            app.RunBursts(TimeSpan.FromSeconds(1), 50, TimeSpan.FromMilliseconds(500));
        }

        Assert.Equal(0, app.Shed);
    });
}
