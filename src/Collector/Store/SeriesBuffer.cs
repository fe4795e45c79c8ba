using MeshInsight.Collector.Detect;
using MeshInsight.Collector.Sample;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Records;

namespace MeshInsight.Collector.Store;

/// <summary>Rows of mesh_red, mesh_edges and mesh_traces, being filled for one insert each. Not thread-safe.</summary>
internal sealed class SeriesBuffer
{
    private List<Storage.Records.RedRow> _red = [];
    private List<Storage.Records.EdgeRow> _edges = [];
    private List<TraceRow> _traces = [];

    public int Count => _red.Count + _edges.Count + _traces.Count;

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
