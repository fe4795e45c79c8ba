using MeshInsight.Contracts.Telemetry;
using MeshInsight.Testing;

namespace MeshInsight.Contracts.Tests.Telemetry;

public sealed class LatencySketchTests
{
    [Fact]
    public void Quantile_AnyDurations_IsWithinOneThirtySecond() => Property.ForAll(200, random =>
    {
        var sketch = new LatencySketch();
        long[] nanos = [.. Enumerable.Range(0, random.Next(1, 400)).Select(_ => (long)Math.Pow(10, 3 + (random.NextDouble() * 9)))];
        foreach (long value in nanos)
        {
            sketch.Add(value);
        }

        Array.Sort(nanos);
        foreach (double quantile in new[] { 0, 0.01, 0.5, 0.95, 0.99, 1 })
        {
            double exact = nanos[Math.Max(0, (int)Math.Ceiling(quantile * nanos.Length) - 1)] / 1000.0;
            double tolerance = Math.Max(1, exact / 32);
            Assert.InRange(sketch.QuantileMicros(quantile), exact - tolerance, exact + tolerance);
        }
    });

    [Fact]
    public void Quantile_Nothing_IsNaN() => Assert.True(double.IsNaN(new LatencySketch().QuantileMicros(0.5)));

    [Fact]
    public void BucketOf_AnyDuration_LiesBetweenItsBounds() => Property.ForAll(2000, random =>
    {
        long nanos = random.NextInt64(0, 1L << random.Next(1, 50));
        int bucket = LatencySketch.BucketOf(nanos);
        long micros = nanos / 1000;

        Assert.InRange(bucket, 0, LatencySketch.MaxBuckets - 1);
        Assert.True(LatencySketch.LowerBoundMicros(bucket) <= micros, $"{micros} µs is below bucket {bucket}");
        if (bucket < LatencySketch.MaxBuckets - 1)
        {
            Assert.True(micros < LatencySketch.LowerBoundMicros(bucket + 1), $"{micros} µs is above bucket {bucket}");
        }
    });

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 0)]
    [InlineData(31_999, 31)]
    [InlineData(32_000, 32)]
    [InlineData(63_999, 63)]
    [InlineData(64_000, 64)]
    [InlineData(66_000, 65)]
    [InlineData(long.MaxValue, LatencySketch.MaxBuckets - 1)]
    public void BucketOf_Edges_AreExact(long nanos, int bucket) => Assert.Equal(bucket, LatencySketch.BucketOf(nanos));

    [Fact]
    public void Merge_Parts_EqualsTheWhole() => Property.ForAll(100, random =>
    {
        var whole = new LatencySketch();
        var left = new LatencySketch();
        var right = new LatencySketch();
        for (int i = random.Next(300); i > 0; i--)
        {
            long nanos = random.NextInt64(1L << random.Next(1, 45));
            whole.Add(nanos);
            (random.Next(2) == 0 ? left : right).Add(nanos);
        }

        left.Merge(right);

        Assert.Equal(whole.Count, left.Count);
        Assert.Equal(whole.SumMicros, left.SumMicros, 1e-6 * (1 + whole.SumMicros));
        Assert.Equal(whole.CountAbove(100), left.CountAbove(100));
        Assert.Equal(Trimmed(whole), Trimmed(left));
    });

    [Fact]
    public void CountAbove_Bucket_CountsOnlyLaterOnes()
    {
        var sketch = new LatencySketch();
        sketch.AddBucket(10, 3);
        sketch.AddBucket(11, 4);
        sketch.AddBucket(40, 5);

        Assert.Equal([12ul, 9ul, 5ul, 0ul], [sketch.CountAbove(9), sketch.CountAbove(10), sketch.CountAbove(11), sketch.CountAbove(40)]);
        sketch.Clear();
        Assert.Equal((0ul, 0ul, 0.0), (sketch.Count, sketch.CountAbove(0), sketch.SumMicros));
    }

    private static ulong[] Trimmed(LatencySketch sketch) => sketch.Buckets.TrimEnd(0ul).ToArray();
}
