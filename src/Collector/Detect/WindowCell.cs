using MeshInsight.Collector.Receive;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Detect;

/// <summary>Requests that ended in one second, of one row of one window.</summary>
internal sealed class WindowCell
{
    public long Requests { get; private set; }

    public long Errors { get; private set; }

    /// <summary>Edges: failed requests of the caller that a failed call on this edge explains.</summary>
    public long Explained { get; set; }

    public LatencySketch Latency { get; } = new();

    /// <summary>Edges: where the calls' time went; null while none has said so.</summary>
    public CellTimes? Times { get; private set; }

    public void Add(long durationNanos, bool failed)
    {
        Requests++;
        Errors += failed ? 1 : 0;
        Latency.Add(durationNanos);
    }

    public void Add(in CallTimes times) => (Times ??= new()).Add(times);

    public void Merge(WindowCell other)
    {
        if (other.Times is { IsEmpty: false } times)
        {
            (Times ??= new()).Merge(times);
        }

        Requests += other.Requests;
        Errors += other.Errors;
        Explained += other.Explained;
        Latency.Merge(other.Latency);
    }

    public void Clear()
    {
        Requests = 0;
        Errors = 0;
        Explained = 0;
        Latency.Clear();
        Times?.Clear();
    }
}

/// <summary>Cells for reuse: a second's rows are the next second's. Not thread-safe.</summary>
internal sealed class CellPool
{
    private const int Kept = 20_000;
    private readonly Stack<WindowCell> _free = new();

    public WindowCell Rent() => _free.TryPop(out var cell) ? cell : new();

    public void Return(WindowCell cell)
    {
        if (_free.Count < Kept)
        {
            cell.Clear();
            _free.Push(cell);
        }
    }
}
