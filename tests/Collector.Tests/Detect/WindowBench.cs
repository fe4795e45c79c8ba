using MeshInsight.Collector.Detect;
using MeshInsight.Collector.Meters;
using MeshInsight.Collector.Receive;

namespace MeshInsight.Collector.Tests.Detect;

/// <summary>Windows with a clock in the test's hand; what closes is kept as plain rows.</summary>
internal sealed class WindowBench
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly WindowCloser _windows;
    private long _sequence;

    public WindowBench(WindowOptions? options = null)
    {
        Now = Start;
        _windows = new(options ?? new(), Nanos(Now), Meters, Keep);
    }

    public DateTimeOffset Now { get; private set; }

    public CollectorMeters Meters { get; } = new();

    public List<(long Second, bool IsStraggler)> Closed { get; } = [];

    public List<(long Second, string Service, string Version, string Instance, string Operation, long Requests, long Errors)> Red { get; } = [];

    public List<(long Second, string Source, string Destination, string Version, string Instance, long Requests, long Errors, long Explained)> Edges { get; } = [];

    public List<(string Source, string Destination, string Version, long Requests, long Errors)> ServerEdges { get; } = [];

    public List<CellTimes> Times { get; } = [];

    public long Requests(string service) => Red.Where(r => r.Service == service).Sum(r => r.Requests);

    public long Explained(string destination) => Edges.Where(e => e.Destination == destination).Sum(e => e.Explained);

    /// <summary>Spans that ended just now unless they say otherwise.</summary>
    public void Send(params IEnumerable<SpanSpec> spans) =>
        _windows.Count(new ReceivedBatch(++_sequence, SpanSpec.Batch(spans)), Nanos(Now));

    public void Advance(double seconds)
    {
        var until = Now + TimeSpan.FromSeconds(seconds);
        while (Now < until)
        {
            Now += TimeSpan.FromMilliseconds(Math.Min(100, (until - Now).TotalMilliseconds));
            _windows.Advance(Nanos(Now));
        }
    }

    public void CloseAll() => _windows.CloseAll();

    public static long Nanos(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * 100;

    private void Keep(ClosedWindow window)
    {
        long second = window.UnixSeconds - Start.ToUnixTimeSeconds();
        Closed.Add((second, window.IsStraggler));
        Red.AddRange(window.Operations.Select(r => (second, r.Service, r.Version, r.Instance, r.Operation, r.Cell.Requests, r.Cell.Errors)));
        Edges.AddRange(window.Edges.Select(e => (second, e.Source, e.Destination, e.DestinationVersion, e.DestinationInstance, e.Cell.Requests, e.Cell.Errors, e.Cell.Explained)));
        foreach (var row in window.Edges.Where(e => e.Cell.Times is not null))
        {
            // The cell is counted into again later.
            var copy = new CellTimes();
            copy.Merge(row.Cell.Times!);
            Times.Add(copy);
        }

        ServerEdges.AddRange(window.ServerEdges.Select(e => (e.Source, e.Destination, e.DestinationVersion, e.Cell.Requests, e.Cell.Errors)));
        Assert.Equal(window.Operations.Sum(r => r.Cell.Requests), window.Instances.Sum(r => r.Cell.Requests));
        Assert.Equal(window.Operations.Sum(r => (long)r.Cell.Latency.Count), window.Instances.Sum(r => (long)r.Cell.Latency.Count));
    }
}
