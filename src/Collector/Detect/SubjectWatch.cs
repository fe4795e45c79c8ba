using MeshInsight.Anomaly.Detectors;
using MeshInsight.Contracts.Findings;

namespace MeshInsight.Collector.Detect;

/// <summary>One service, version, instance or edge under watch, and this second's counts of it. Not thread-safe.</summary>
internal sealed class SubjectWatch(Subject subject, RedDetectorOptions options)
{
    private readonly WindowCell _second = new();

    public Subject Subject => subject;

    public RedDetector Detector { get; } = new(options);

    public List<OpenFinding> Findings { get; } = [];

    public long LastTrafficSecond { get; private set; } = long.MinValue;

    /// <summary>Seconds in which it had requests.</summary>
    public int TrafficSeconds { get; private set; }

    public void Count(WindowCell cell) => _second.Merge(cell);

    /// <summary>Ends the second.</summary>
    /// <returns>Departures that began, changed or ended.</returns>
    public IReadOnlyList<Detection> Close(long second)
    {
        if (_second.Requests > 0)
        {
            LastTrafficSecond = second;
            TrafficSeconds++;
        }
        else if (LastTrafficSecond == long.MinValue)
        {
            LastTrafficSecond = second;
        }

        var found = Detector.Add(second, _second.Requests, _second.Errors, _second.Latency);
        _second.Clear();
        return found;
    }
}

/// <summary>A finding that is active, and what was last said about it.</summary>
internal sealed class OpenFinding(string id, Detection detection)
{
    public string Id => id;

    public Detection Detection { get; set; } = detection;

    /// <summary>Null until it was reported once.</summary>
    public Finding? Reported { get; set; }
}
