using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;

namespace MeshInsight.Proxy.Tests.Protect;

/// <summary>The learned limit before an app whose capacity is known: 64 workers of 100 ms each unless said otherwise.</summary>
public sealed class GradientLimitTests
{
    private static readonly AdaptiveConcurrencyConfig Defaults = new(3, 1000, TimeSpan.FromMilliseconds(100), 25, TimeSpan.FromSeconds(60), 50, 15);

    private readonly ManualTimeProvider _time = new();

    private (GradientLimit Limit, QueueingApp App) Start(int seed = 1, AdaptiveConcurrencyConfig? config = null)
    {
        var limit = new GradientLimit(config ?? Defaults, _time, new Random(seed));
        return (limit, new(limit, _time, new Random(seed + 1000)));
    }

    private static TimeSpan Median(List<TimeSpan> latencies) => latencies.Order().ElementAt(latencies.Count / 2);

    [Fact]
    public void Overload_FromTheStart_FindsTheAppsCapacity() => Property.ForAll(20, random =>
    {
        var (limit, app) = Start(random.Next());

        app.Run(TimeSpan.FromSeconds(5), 2 * app.CapacityPerSecond);
        app.Run(TimeSpan.FromSeconds(20), 2 * app.CapacityPerSecond);

        // 1.25 × 64 + √80 is where the formula comes to rest.
        Assert.InRange(limit.Limit, 64, 105);
        Assert.InRange(limit.MinRtt.TotalMilliseconds, 90, 125);
        Assert.InRange(app.Served / 20.0, 0.97 * app.CapacityPerSecond, 1.03 * app.CapacityPerSecond);
        Assert.InRange(Median(app.Latencies).TotalMilliseconds, 100, 155);
    });

    [Fact]
    public void LightLoad_IsNeverHeldBack()
    {
        var (limit, app) = Start();

        app.Run(TimeSpan.FromSeconds(30), 0.5 * app.CapacityPerSecond);

        Assert.Equal(Defaults.MaxConcurrency, limit.Limit);
        Assert.InRange(Median(app.Latencies).TotalMilliseconds, 95, 105);
    }

    [Fact]
    public void Capacity_Lost_LowersTheLimit_AndRegained_RaisesItAgain()
    {
        var (limit, app) = Start();
        app.Run(TimeSpan.FromSeconds(10), 400);

        app.Capacity = 16;
        app.Run(TimeSpan.FromSeconds(3), 400);
        int lowered = limit.Limit;
        app.Capacity = 64;
        app.Run(TimeSpan.FromSeconds(5), 400);
        app.Run(TimeSpan.FromSeconds(5), 400);

        Assert.InRange(lowered, 3, 45);
        Assert.InRange(limit.Limit, 60, Defaults.MaxConcurrency);
        Assert.InRange(app.Served / 5.0, 370, 430);
    }

    [Fact]
    public void Measurements_UnderOverload_DoNotStopTheTraffic()
    {
        var (limit, app) = Start();
        app.Run(TimeSpan.FromSeconds(10), 2 * app.CapacityPerSecond);
        int measured = 0;
        var slowest = double.MaxValue;

        for (int i = 0; i < 400; i++)
        {
            app.Run(TimeSpan.FromMilliseconds(500), 2 * app.CapacityPerSecond);
            measured += limit.IsMeasuring ? 1 : 0;
            slowest = Math.Min(slowest, app.Served / 0.5);
        }

        // Three windows in 200 s, each half a limit for some 50 requests.
        Assert.InRange(slowest, 0.6 * app.CapacityPerSecond, app.CapacityPerSecond);
        Assert.InRange(limit.Limit, 64, 105);
        Assert.InRange(measured, 0, 6);
    }

    [Fact]
    public void ServiceThatBecameSlower_IsTakenAsItIs()
    {
        var (limit, app) = Start();
        app.Run(TimeSpan.FromSeconds(10), 200);

        app.ServiceTime *= 3;
        app.Run(TimeSpan.FromSeconds(20), 150);
        app.Run(TimeSpan.FromSeconds(20), 150);

        Assert.InRange(limit.MinRtt.TotalMilliseconds, 270, 375);
        Assert.InRange(app.Served / 20.0, 140, 160);
    }

    [Fact]
    public void ServiceThatBecameFaster_IsBelievedAtTheNextMeasurement()
    {
        var (limit, app) = Start();
        app.ServiceTime *= 4;
        app.Run(TimeSpan.FromSeconds(20), 2 * app.CapacityPerSecond);

        app.ServiceTime /= 4;
        app.Run(TimeSpan.FromSeconds(75), 2 * app.CapacityPerSecond);

        Assert.InRange(limit.MinRtt.TotalMilliseconds, 90, 125);
        Assert.InRange(limit.Limit, 64, 105);
    }

    [Fact]
    public void Measurement_ComesAfterTheIntervalAndItsJitter()
    {
        var (limit, app) = Start();
        app.Run(TimeSpan.FromSeconds(5), 300);
        Assert.False(limit.IsMeasuring);
        double start = _time.GetTimestamp();

        while (!limit.IsMeasuring)
        {
            app.Run(TimeSpan.FromMilliseconds(10), 300);
        }

        // Five seconds have passed of an interval that began within them; jitter adds at most 15 %.
        Assert.InRange((_time.GetTimestamp() - start) / TimeSpan.TicksPerSecond, 55, 70);
    }

    [Fact]
    public void Measurement_WithLongPollsInFlight_IsGivenUp()
    {
        var (limit, app) = Start();
        app.Run(TimeSpan.FromSeconds(5), 100);
        while (!limit.IsMeasuring)
        {
            limit.Began(200);
            app.Run(TimeSpan.FromMilliseconds(10), 100);
        }

        // 200 that do not end, of which half are too many: nobody could be measured.
        Assert.Equal(100, limit.Limit);
        limit.GiveUpIfStalled(200);
        Assert.True(limit.IsMeasuring);
        _time.Advance(TimeSpan.FromMilliseconds(400));
        limit.GiveUpIfStalled(200);

        Assert.Equal((false, Defaults.MaxConcurrency), (limit.IsMeasuring, limit.Limit));
    }

    [Fact]
    public void RequestsFromBeforeTheLimit_TellNothingOfIt()
    {
        var limit = new GradientLimit(Defaults, _time, new Random(1));
        long before = _time.GetTimestamp() - 1;

        for (int i = 0; i < 1000; i++)
        {
            limit.Ended(before, 0);
        }

        Assert.True(limit.IsMeasuring);
        Assert.Equal(TimeSpan.Zero, limit.MinRtt);
    }

    [Fact]
    public void Gradient_IsHeldBetweenAHalfAndTwo()
    {
        var limit = new GradientLimit(Defaults, _time, new Random(1));
        void Answer(int count, int millis)
        {
            for (int i = 0; i < count; i++)
            {
                long at = _time.GetTimestamp();
                limit.Began(1000);
                _time.Advance(TimeSpan.FromMilliseconds(millis));
                limit.Ended(at, 0);
            }
        }

        Answer(200, 10);
        Assert.Equal((false, 10.0), (limit.IsMeasuring, limit.MinRtt.TotalMilliseconds));

        // A hundred times as slow: half, and the root of that. (Some answers of before are still in the window.)
        for (int i = 0; i < 100 && limit.Limit == Defaults.MaxConcurrency; i++)
        {
            Answer(1, 1000);
        }

        Assert.Equal(522, limit.Limit);
        Answer(3000, 1);
        Assert.Equal(Defaults.MaxConcurrency, limit.Limit);
    }
}
