using MeshInsight.Anomaly.Sampling;

namespace MeshInsight.Anomaly.Tests.Sampling;

/// <summary>Made-up traffic: path types of which number 0 is the busiest, three services each, log-normal times.</summary>
internal sealed class TraceTraffic(int seed)
{
    public const ulong Entry = 1;
    private const long Second = 1_000_000_000;

    private readonly Random _random = new(seed);
    private readonly SampledSpan[] _spans = new SampledSpan[5];
    private SampledTag[] _tags = [];

    public long Now { get; private set; } = 1_767_225_600 * Second;

    public double DurationSeconds { get; private set; }

    public bool Failed { get; private set; }

    public long SizeBytes { get; private set; }

    public int PathType { get; private set; }

    public static ulong Backend(int path) => 100 + (ulong)path;

    public void Wait(double seconds) => Now += (long)(seconds * Second);

    public void Tag(params SampledTag[] tags) => _tags = tags;

    public ulong Randomness() => (ulong)_random.NextInt64(1L << 56);

    /// <summary>One of so many path types, each half as frequent as the one before.</summary>
    public int AnyPath(int types) => Math.Min(types - 1, (int)-Math.Log2(1 - _random.NextDouble()));

    public bool Chance(double probability) => _random.NextDouble() < probability;

    public TraceView Trace(int path = 0, bool failed = false, double slower = 0)
    {
        PathType = path;
        Failed = failed;
        double backend = Seconds(0.020) + slower;
        double wire = Seconds(0.002);
        double entry = Seconds(0.010);
        double database = Seconds(0.005);
        DurationSeconds = entry + wire + backend + database;
        SizeBytes = 500 + _random.Next(2000);
        ulong operation = 1000 + ((ulong)path * 10);
        _spans[0] = new(Entry, 0, operation, -1, Nanos(entry), failed);
        _spans[1] = new(Entry, 0, operation + 1, 0, Nanos(wire), failed);
        _spans[2] = new(Backend(path), 7000 + (ulong)path, operation + 2, 1, Nanos(backend), failed);
        _spans[3] = new(Backend(path), 7000 + (ulong)path, operation + 3, 2, Nanos(Seconds(0.001)), false);
        _spans[4] = new(3, 0, operation + 4, 3, Nanos(database), false);
        return new(_spans, _tags, 0, Nanos(DurationSeconds), SizeBytes);
    }

    private static long Nanos(double seconds) => (long)(seconds * Second);

    private double Seconds(double median) => median * Math.Exp(0.3 * Normal());

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
