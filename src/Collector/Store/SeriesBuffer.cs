using MeshInsight.Collector.Detect;
using MeshInsight.Collector.Sample;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Records;

namespace MeshInsight.Collector.Store;

/// <summary>Rows of mesh_red, mesh_edges, mesh_edge_times and mesh_traces, being filled for one insert each. Not thread-safe.</summary>
internal sealed class SeriesBuffer
{
    private List<Storage.Records.RedRow> _red = [];
    private List<Storage.Records.EdgeRow> _edges = [];
    private readonly Dictionary<(string Source, string SourceVersion, string Destination, string DestinationVersion), CellTimes> _times = [];
    private List<EdgeTimeRow> _edgeTimes = [];
    private List<TraceRow> _traces = [];

    public int Count => _red.Count + _edges.Count + _edgeTimes.Count + _traces.Count;

    public void Add(ClosedWindow window)
    {
        foreach (var row in window.Operations)
        {
            _red.Add(new(
                window.UnixSeconds,
                row.Service,
                row.Version,
                row.Instance,
                row.Operation,
                (ulong)row.Cell.Requests,
                (ulong)row.Cell.Errors,
                Copy(row.Cell.Latency)));
        }

        Add(window.UnixSeconds, EdgeSide.Client, window.Edges);
        Add(window.UnixSeconds, EdgeSide.Server, window.ServerEdges);
        AddTimes(window.UnixSeconds, window.Edges);
    }

    // Four sketches a row are worth adding up first, over the instances that the table does not know.
    private void AddTimes(long unixSeconds, IReadOnlyList<Detect.EdgeRow> rows)
    {
        foreach (var row in rows)
        {
            if (row.Cell.Times is { IsEmpty: false } times)
            {
                ref var sum = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(
                    _times, (row.Source, row.SourceVersion, row.Destination, row.DestinationVersion), out _);
                (sum ??= new()).Merge(times);
            }
        }

        foreach (var (key, times) in _times)
        {
            Add(EdgePart.ClientProxy, times.ClientProxy);
            Add(EdgePart.Network, times.Network);
            Add(EdgePart.ServerProxy, times.ServerProxy);
            Add(EdgePart.App, times.App);

            // The sketches are the sums' own: nobody else counts into them.
            void Add(EdgePart part, LatencySketch time) => _edgeTimes.Add(new(unixSeconds, key.Source, key.SourceVersion, key.Destination, key.DestinationVersion, part, time));
        }

        _times.Clear();
    }

    // The table knows versions, not instances; rows of one second and key add up.
    private void Add(long unixSeconds, EdgeSide side, IReadOnlyList<Detect.EdgeRow> rows)
    {
        foreach (var row in rows)
        {
            if (row.Cell.Requests > 0)
            {
                _edges.Add(new(
                    unixSeconds,
                    side,
                    row.Source,
                    row.SourceVersion,
                    row.Destination,
                    row.DestinationVersion,
                    row.Protocol,
                    (ulong)row.Cell.Requests,
                    (ulong)row.Cell.Errors,
                    Copy(row.Cell.Latency)));
            }
        }
    }

    public void Add(SampledTrace trace) => _traces.Add(new(
        trace.TraceId,
        trace.StartUnixNano,
        trace.DurationNanos,
        trace.RootService,
        trace.RootOperation,
        trace.Services,
        [.. trace.Versions.Select(v => TraceRow.ServiceVersion(v.Service, v.Version))],
        [.. trace.Operations.Select(o => TraceRow.ServiceOperation(o.Service, o.Operation))],
        trace.SpanCount,
        trace.ErrorCount,
        trace.Decision.Score,
        trace.Decision.SuspectedService,
        trace.Probability,
        trace.Decision.Reason.ToString()));

    public List<Storage.Records.RedRow> TakeRed() => Take(ref _red);

    public List<Storage.Records.EdgeRow> TakeEdges() => Take(ref _edges);

    public List<EdgeTimeRow> TakeEdgeTimes() => Take(ref _edgeTimes);

    public List<TraceRow> TakeTraces() => Take(ref _traces);

    private static List<T> Take<T>(ref List<T> rows)
    {
        var taken = rows;
        rows = [];
        return taken;
    }

    private static LatencySketch Copy(LatencySketch sketch)
    {
        var copy = new LatencySketch();
        copy.Merge(sketch);
        return copy;
    }
}
