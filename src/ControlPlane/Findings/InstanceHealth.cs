using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.ControlPlane.Findings;

/// <summary>What one instance answered within one report.</summary>
/// <param name="P95Millis">NaN without a request.</param>
internal readonly record struct HealthSecond(DateTimeOffset At, long Requests, long Errors, double P95Millis);

/// <summary>The last minute of one instance, newest last. Not thread-safe.</summary>
internal sealed class InstanceHealth(string service, string version, string instance)
{
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);

    private readonly Queue<HealthSecond> _seconds = new();

    public string Service { get; } = service;

    public string Version { get; } = version;

    public string Instance { get; } = instance;

    public IReadOnlyCollection<HealthSecond> Seconds => _seconds;

    public bool IsEmpty => _seconds.Count == 0;

    public void Add(DateTimeOffset at, long requests, long errors, IReadOnlyList<uint> buckets, IReadOnlyList<ulong> counts)
    {
        var sketch = new LatencySketch();
        FindingWire.AddTo(sketch, buckets, counts);
        _seconds.Enqueue(new HealthSecond(at, requests, errors, sketch.QuantileMicros(0.95) / 1000));
        Age(at);
    }

    public void Age(DateTimeOffset now)
    {
        while (_seconds.TryPeek(out var oldest) && now - oldest.At > Kept)
        {
            _seconds.Dequeue();
        }
    }
}
