using MeshInsight.Anomaly.Comparisons;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Anomaly.Tests.Comparisons;

public class LatencyThresholdTests
{
    [Fact]
    public void Bucket_FewRequests_IsUnknown()
    {
        var threshold = new LatencyThreshold();
        threshold.Add(Sketch(99, 10));
        Assert.Null(threshold.Bucket);
    }

    [Fact]
    public void Bucket_StaysFrozenUntilAskedOrAged()
    {
        var threshold = new LatencyThreshold();
        threshold.Add(Sketch(200, 10));
        int? first = threshold.Bucket;
        threshold.Add(Sketch(1000, 100));
        Assert.Equal(LatencySketch.BucketOf(10_000_000), first);
        Assert.Equal(first, threshold.Bucket);
        threshold.Refreeze();
        Assert.Equal(LatencySketch.BucketOf(100_000_000), threshold.Bucket);
        for (int second = 0; second < LatencyThreshold.RefreezeSeconds; second++)
        {
            threshold.Add(Sketch(50, 20));
        }

        Assert.Equal(LatencySketch.BucketOf(20_000_000), threshold.Bucket);
    }

    private static LatencySketch Sketch(int count, long millis)
    {
        var sketch = new LatencySketch();
        for (int i = 0; i < count; i++)
        {
            sketch.Add(millis * 1_000_000);
        }

        return sketch;
    }
}
