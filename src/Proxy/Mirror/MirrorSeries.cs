using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Metrics;

namespace MeshInsight.Proxy.Mirror;

/// <summary>Two answers to one request that differ.</summary>
internal sealed record MirrorDifference(DateTimeOffset At, MirrorSide Original, MirrorSide Copy);

/// <summary>Comparisons of one route with one of its mirrors. One lock; it is taken a few times per mirrored request.</summary>
internal sealed class MirrorSeries(string route, string cluster, TimeProvider time)
{
    // Statuses are few; a service that invents them must not grow the table.
    private const int MaxPairs = 64;
    private const int MaxDifferences = 20;

    private static readonly (string, string) OtherPair = ("other", "other");

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Original, string Copy), long> _pairs = [];
    private readonly long[] _lost = new long[Enum.GetValues<MirrorLoss>().Length];
    private readonly Queue<MirrorDifference> _differences = new();
    private long _copies;
    private long _compared;
    private long _slower;

    public string Route => route;

    public string Cluster => cluster;

    /// <summary>Copies that were sent.</summary>
    public long Copies => Interlocked.Read(ref _copies);

    /// <summary>Thousandths of a millisecond, for <c>/metrics</c>.</summary>
    public FixedHistogram OriginalMicros { get; } = new(1000);

    public FixedHistogram CopyMicros { get; } = new(1000);

    private LatencySketch OriginalSketch { get; } = new();

    private LatencySketch CopySketch { get; } = new();

    public void CountCopy() => Interlocked.Increment(ref _copies);

    public void Lose(MirrorLoss reason) => Interlocked.Increment(ref _lost[(int)reason]);

    public long Lost(MirrorLoss reason) => Interlocked.Read(ref _lost[(int)reason]);

    public void Add(in MirrorSide original, in MirrorSide copy)
    {
        OriginalMicros.Add((long)original.Latency.TotalMicroseconds);
        CopyMicros.Add((long)copy.Latency.TotalMicroseconds);
        lock (_lock)
        {
            _compared++;
            _slower += copy.Latency > original.Latency ? 1 : 0;
            OriginalSketch.Add(original.Latency.Ticks * 100);
            CopySketch.Add(copy.Latency.Ticks * 100);
            var pair = (original.Status, copy.Status);
            if (!_pairs.ContainsKey(pair) && _pairs.Count >= MaxPairs)
            {
                pair = OtherPair;
            }

            _pairs[pair] = _pairs.GetValueOrDefault(pair) + 1;
            if (original.Status != copy.Status)
            {
                NoteLocked(new(time.GetUtcNow(), original, copy));
            }
        }
    }

    public IReadOnlyList<(string Original, string Copy, long Count)> Pairs()
    {
        lock (_lock)
        {
            return [.. _pairs.Select(p => (p.Key.Original, p.Key.Copy, p.Value)).OrderByDescending(p => p.Value).ThenBy(p => p.Original, StringComparer.Ordinal)];
        }
    }

    /// <summary>For the admin page.</summary>
    public object Describe()
    {
        lock (_lock)
        {
            long same = _pairs.Where(p => p.Key.Original == p.Key.Copy && p.Key != OtherPair).Sum(p => p.Value);
            return new
            {
                route,
                cluster,
                copies = Copies,
                compared = _compared,
                sameStatus = same,
                differentStatus = _compared - same,
                copyWasSlower = _slower,
                lost = Enum.GetValues<MirrorLoss>().ToDictionary(r => r.ToString(), Lost),
                statuses = _pairs.OrderByDescending(p => p.Value).Select(p => new { original = p.Key.Original, copy = p.Key.Copy, count = p.Value }),
                latencyMillis = new { original = Millis(OriginalSketch), copy = Millis(CopySketch) },
                differences = _differences.Reverse().Select(d => new { d.At, original = Describe(d.Original), copy = Describe(d.Copy) }),
            };
        }
    }

    private static object Describe(MirrorSide side) => new { side.Status, millis = side.Latency.TotalMilliseconds, side.TraceId };

    // No data is null, never zero.
    private static object? Millis(LatencySketch sketch) => sketch.Count == 0
        ? null
        : new
        {
            mean = sketch.SumMicros / sketch.Count / 1000,
            p50 = sketch.QuantileMicros(0.5) / 1000,
            p95 = sketch.QuantileMicros(0.95) / 1000,
            p99 = sketch.QuantileMicros(0.99) / 1000,
        };

    private void NoteLocked(MirrorDifference difference)
    {
        if (_differences.Count == MaxDifferences)
        {
            _differences.Dequeue();
        }

        _differences.Enqueue(difference);
    }
}
