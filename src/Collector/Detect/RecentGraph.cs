using System.Runtime.InteropServices;
using MeshInsight.Anomaly.Localizers;

namespace MeshInsight.Collector.Detect;

/// <summary>Who answered and who called whom over the last seconds: what the localizer looks at. Not thread-safe.</summary>
internal sealed class RecentGraph(int seconds, SubjectTable subjects)
{
    private readonly CellPool _pool = new();
    private readonly Queue<(List<RedRow> Instances, List<EdgeRow> Edges)> _seconds = new();
    private (List<RedRow> Instances, List<EdgeRow> Edges) _current = ([], []);

    /// <summary>Adds to the second that is closed next.</summary>
    public void Count(ClosedWindow window)
    {
        _current.Instances.AddRange(window.Instances.Select(row => row with { Cell = Copy(row.Cell) }));
        _current.Edges.AddRange(window.Edges.Select(row => row with { Cell = Copy(row.Cell) }));
    }

    /// <summary>Ends the second.</summary>
    public void Close()
    {
        _seconds.Enqueue(_current);
        _current = ([], []);
        if (_seconds.Count > seconds)
        {
            var (instances, edges) = _seconds.Dequeue();
            instances.ForEach(row => _pool.Return(row.Cell));
            edges.ForEach(row => _pool.Return(row.Cell));
        }
    }

    public CallGraphWindow Sum()
    {
        var nodes = new Dictionary<RedRow, WindowCell>();
        var calls = new Dictionary<EdgeRow, WindowCell>();
        foreach (var (instances, edges) in _seconds)
        {
            foreach (var row in instances)
            {
                ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(nodes, row with { Cell = null! }, out _);
                (sum ??= new()).Merge(row.Cell);
            }

            foreach (var row in edges)
            {
                ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(calls, row with { Cell = null! }, out _);
                (sum ??= new()).Merge(row.Cell);
            }
        }

        return new([.. nodes.Select(node => Node(node.Key, node.Value))], [.. calls.Select(call => Edge(call.Key, call.Value))]);
    }

    private WindowCell Copy(WindowCell cell)
    {
        var copy = _pool.Rent();
        copy.Merge(cell);
        return copy;
    }

    private NodeStats Node(RedRow row, WindowCell cell)
    {
        var (errorShare, p95) = subjects.Baseline(row.Service, row.Version, row.Instance);
        return new(row.Service, row.Version, row.Instance, cell.Requests, cell.Errors, cell.Latency.QuantileMicros(0.95) / 1000, errorShare, p95);
    }

    private EdgeStats Edge(EdgeRow row, WindowCell cell)
    {
        var (errorShare, p95) = subjects.Baseline(row.Source, row.Destination);
        return new(
            row.Source,
            row.SourceVersion,
            row.Destination,
            row.DestinationVersion,
            row.DestinationInstance,
            cell.Requests,
            cell.Errors,
            cell.Latency.QuantileMicros(0.95) / 1000,
            errorShare,
            p95,
            cell.Explained);
    }
}
