namespace MeshInsight.Benchmarks.Collector.Load;

/// <summary>What became of the requests of one run.</summary>
/// <param name="Acknowledged">Spans.</param>
/// <param name="Refusals">Requests by the code they were refused with.</param>
/// <param name="Seconds">From the first request to the last answer.</param>
/// <param name="OwnCpuSeconds">What the generator itself used.</param>
internal sealed record LoadResult(long Acknowledged, IReadOnlyDictionary<string, long> Refusals, double[] SortedMillis, double Seconds, double OwnCpuSeconds)
{
    public double SpansPerSecond => Acknowledged / Seconds;

    public long Refused => Refusals.Values.Sum();

    /// <summary>From sending, in an open loop from the time a request was due, to its acknowledgement; not a number when none was acknowledged.</summary>
    public double Percentile(double share) => SortedMillis.Length == 0 ? double.NaN : SortedMillis[(int)Math.Min(SortedMillis.Length - 1, share * SortedMillis.Length)];
}
