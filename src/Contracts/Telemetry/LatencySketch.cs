using System.Numerics;

namespace MeshInsight.Contracts.Telemetry;

/// <summary>
/// A histogram of durations with 32 linear buckets per power of two of microseconds (as HdrHistogram): relative error at most 1/32,
/// exact counts, mergeable by adding. One bucket layout everywhere, so counts above a bucket bound are exact after any merge. Not thread-safe.
/// </summary>
public sealed class LatencySketch
{
    /// <summary>Buckets reach past 12 days; longer durations count in the last one.</summary>
    public const int MaxBuckets = 32 * 36;

    private ulong[] _counts = [];

    public ulong Count { get; private set; }

    /// <summary>Sum of all durations, microseconds.</summary>
    public double SumMicros { get; private set; }

    /// <summary>Counts per bucket, index 0 first; trailing buckets may be absent.</summary>
    public ReadOnlySpan<ulong> Buckets => _counts;

    public static int BucketOf(long nanos)
    {
        ulong micros = (ulong)Math.Max(0, nanos) / 1000;
        if (micros < 32)
        {
            return (int)micros;
        }

        int exponent = BitOperations.Log2(micros) - 5;
        return Math.Min(MaxBuckets - 1, (32 * exponent) + (int)(micros >> exponent));
    }

    /// <summary>The smallest duration that falls into the bucket, microseconds.</summary>
    public static double LowerBoundMicros(int bucket)
    {
        int exponent = Math.Max(0, (bucket / 32) - 1);
        return (double)(ulong)(bucket - (32 * exponent)) * Math.Pow(2, exponent);
    }

    public void Add(long nanos) => AddToBucket(BucketOf(nanos), 1, Math.Max(0, nanos) / 1000.0);

    public void AddBucket(int bucket, ulong count) =>
        AddToBucket(bucket, count, count * (LowerBoundMicros(bucket) + LowerBoundMicros(bucket + 1)) / 2);

    public void Merge(LatencySketch other)
    {
        Ensure(other._counts.Length);
        for (int i = 0; i < other._counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }

        Count += other.Count;
        SumMicros += other.SumMicros;
    }

    /// <returns>Microseconds: the middle of the bucket that holds the quantile; NaN when empty.</returns>
    public double QuantileMicros(double quantile)
    {
        if (Count == 0)
        {
            return double.NaN;
        }

        double rank = Math.Clamp(quantile, 0, 1) * Count;
        ulong seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen > 0 && seen >= rank)
            {
                return (LowerBoundMicros(i) + LowerBoundMicros(i + 1)) / 2;
            }
        }

        return LowerBoundMicros(_counts.Length);
    }

    /// <summary>How many durations fell into buckets above <paramref name="bucket"/>.</summary>
    public ulong CountAbove(int bucket)
    {
        ulong above = 0;
        for (int i = bucket + 1; i < _counts.Length; i++)
        {
            above += _counts[i];
        }

        return above;
    }

    public void Clear()
    {
        Array.Clear(_counts);
        Count = 0;
        SumMicros = 0;
    }

    private void AddToBucket(int bucket, ulong count, double sumMicros)
    {
        Ensure(bucket + 1);
        _counts[bucket] += count;
        Count += count;
        SumMicros += sumMicros;
    }

    private void Ensure(int length)
    {
        if (_counts.Length < length)
        {
            Array.Resize(ref _counts, Math.Min(MaxBuckets, (length + 31) / 32 * 32));
        }
    }
}
