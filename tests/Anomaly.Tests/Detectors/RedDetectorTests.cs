using MeshInsight.Anomaly.Detectors;
using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Anomaly.Tests.Detectors;

public class RedDetectorTests
{
    private readonly RedDetector _detector = new(new());
    private readonly Random _random = new(1);
    private long _second = 1_000_000;

    [Fact]
    public void Add_OneHourOfOrdinaryNoise_RaisesNothing()
    {
        for (int subject = 0; subject < 20; subject++)
        {
            var detector = new RedDetector(new());
            for (int second = 0; second < 3600; second++)
            {
                Assert.Empty(detector.Add(second, 30, Hits(30, 0.01), Latency(30, 20)));
            }
        }
    }

    [Fact]
    public void Add_OneSlowSecondNowAndThen_RaisesNothing()
    {
        for (int second = 0; second < 3600; second++)
        {
            Assert.Empty(_detector.Add(second, 30, 0, Latency(30, second % 60 < 2 ? 400 : 20)));
        }
    }

    [Fact]
    public void Add_FifthOfRequestsFail_FoundWithinFiveSecondsAndEndsAfterRecovery()
    {
        Seconds(60, 20, 0, 20);
        var found = FirstChange(10, 20, 0.2, 20);
        Assert.Equal(SignalKind.Errors, found.Detection.Signal);
        Assert.InRange(found.Second, 1, 5);
        Assert.InRange(found.Detection.Confidence, 0.9, 1);
        Assert.InRange(_second - found.Detection.SinceUnixSeconds, 0, 6);
        Assert.InRange(found.Detection.Observed, 0.05, 0.6);
        Seconds(3, 20, 0.2, 20);
        Seconds(15, 20, 0, 20);
        Assert.Empty(_detector.Active);
    }

    [Fact]
    public void Add_TwoFailuresInAQuietHalfMinute_IsNoDeparture()
    {
        Seconds(60, 20, 0, 20);
        for (int second = 0; second < 200; second++)
        {
            Assert.Empty(_detector.Add(_second++, 1, second % 15 == 0 ? 1 : 0, Latency(1, 20)));
            Assert.Empty(_detector.Add(_second++, 0, 0, new()));
            Assert.Empty(_detector.Add(_second++, 0, 0, new()));
        }
    }

    [Fact]
    public void Add_BeforeABaselineExists_StaysSilent()
    {
        for (int second = 0; second < 15; second++)
        {
            Assert.Empty(_detector.Add(_second++, 20, 20, Latency(20, 20)));
        }
    }

    [Fact]
    public void Add_LatencyTenfold_FoundAndNotLearnt()
    {
        Seconds(60, 20, 0, 20);
        var found = FirstChange(10, 20, 0, 200);
        Assert.Equal(SignalKind.Latency, found.Detection.Signal);
        Assert.InRange(found.Second, 1, 5);
        double before = _detector.BaselineP95Millis;
        Seconds(120, 20, 0, 200);
        Assert.NotEmpty(_detector.Active);
        Assert.Equal(before, _detector.BaselineP95Millis);
    }

    [Fact]
    public void Add_CallersAvoidASlowInstance_FoundOnAFewRequests()
    {
        Seconds(60, 20, 0, 5);
        int second = 0;
        while (_detector.Active.Count == 0 && second < 40)
        {
            _detector.Add(_second++, second % 3 == 0 ? 1 : 0, 0, Latency(second % 3 == 0 ? 1 : 0, 170));
            second++;
        }

        Assert.Equal(SignalKind.Latency, Assert.Single(_detector.Active).Signal);
        Assert.InRange(second, 10, 30);
    }

    [Fact]
    public void Add_LittleTrafficWithOrdinaryNoise_RaisesNothing()
    {
        Seconds(60, 20, 0, 20);
        for (int second = 0; second < 36_000; second++)
        {
            int requests = second % 4 == 0 ? 1 : 0;
            Assert.Empty(_detector.Add(_second++, requests, Hits(requests, 0.002), Latency(requests, 20)));
        }
    }

    [Fact]
    public void Add_SubjectFallsSilent_DepartureEndsAsUnknown()
    {
        Seconds(60, 20, 0, 20);
        Seconds(10, 20, 0.5, 20);
        Assert.NotEmpty(_detector.Active);
        for (int second = 0; second <= 30; second++)
        {
            _detector.Add(_second++, 0, 0, new());
        }

        Assert.Empty(_detector.Active);
    }

    private (int Second, Detection Detection) FirstChange(int seconds, int requests, double errorShare, double millis)
    {
        for (int second = 1; second <= seconds; second++)
        {
            if (_detector.Add(_second++, requests, Hits(requests, errorShare), Latency(requests, millis)) is [var first, ..])
            {
                return (second, first);
            }
        }

        throw new InvalidOperationException("nothing was found");
    }

    private void Seconds(int seconds, int requests, double errorShare, double millis)
    {
        for (int second = 0; second < seconds; second++)
        {
            _detector.Add(_second++, requests, Hits(requests, errorShare), Latency(requests, millis));
        }
    }

    private int Hits(int count, double share) => Enumerable.Range(0, count).Count(_ => _random.NextDouble() < share);

    private LatencySketch Latency(int count, double medianMillis)
    {
        var sketch = new LatencySketch();
        for (int i = 0; i < count; i++)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
            sketch.Add((long)(medianMillis * 1e6 * Math.Exp(0.4 * normal)));
        }

        return sketch;
    }
}
