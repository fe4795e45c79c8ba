using MeshInsight.Contracts.Telemetry;
using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal.ViewModels;

/// <summary>A piece of time, nanoseconds since the trace began.</summary>
public readonly record struct TimePiece(long FromNano, long ToNano)
{
    public long Length => ToNano - FromNano;
}

/// <param name="Depth">0 for a root.</param>
/// <param name="Colour">Number of its service, in order of appearance.</param>
/// <param name="SelfNano">Time that no child covers.</param>
/// <param name="WireNano">CLIENT spans: their time less that of the SERVER span that answered; null when none did.</param>
/// <param name="ProxyNano">Time in the sidecar itself; 0 when not reported.</param>
/// <param name="Critical">Pieces of the span's own time that the whole trace waited for.</param>
/// <param name="IsErrorOrigin">It failed and nothing beneath it did.</param>
/// <param name="IsJoined">Its parent is not stored; the sidecar's own note says under which span it belongs.</param>
/// <param name="IsOrphan">Its parent is not stored and nothing says where it belongs.</param>
public sealed record WaterfallRow(
    TraceSpan Span,
    int Depth,
    int Colour,
    TimePiece Time,
    long SelfNano,
    long? WireNano,
    long ProxyNano,
    IReadOnlyList<TimePiece> SelfTime,
    IReadOnlyList<TimePiece> Critical,
    bool IsErrorOrigin,
    bool IsJoined,
    bool IsOrphan,
    bool HasChildren,
    IReadOnlyList<TraceLog> Logs);

/// <summary>A trace as rows, ready to draw.</summary>
public sealed record Waterfall(
    IReadOnlyList<WaterfallRow> Rows,
    IReadOnlyList<string> Services,
    long StartUnixNano,
    long LengthNano,
    int Errors)
{
    public static Waterfall Of(TraceDetail trace)
    {
        var tree = SpanTree.Of(trace.Spans);
        if (tree.Roots.Count == 0)
        {
            return new Waterfall([], [], 0, 0, 0);
        }

        long start = trace.Spans.Min(s => s.StartUnixNano);
        long length = Math.Max(1, trace.Spans.Max(s => s.EndUnixNano) - start);
        var critical = CriticalPath.Of(tree);
        var services = new List<string>();
        var logs = trace.Logs.ToLookup(l => l.SpanId);
        var rows = new List<WaterfallRow>(trace.Spans.Count);
        var waiting = new Stack<(SpanNode Node, int Depth)>(tree.Roots.Reverse().Select(r => (r, 0)));
        while (waiting.TryPop(out var next))
        {
            var (node, depth) = next;
            if (!services.Contains(node.Span.Service))
            {
                services.Add(node.Span.Service);
            }

            rows.Add(RowOf(node, depth, services.IndexOf(node.Span.Service), start, critical, [.. logs[node.Span.SpanId].OrderBy(l => l.At)]));
            for (int i = node.Children.Count - 1; i >= 0; i--)
            {
                waiting.Push((node.Children[i], depth + 1));
            }
        }

        return new Waterfall(rows, services, start, length, trace.Spans.Count(s => s.Status == SpanStatus.Error));
    }

    /// <summary>Which service the whole trace waited for most, and the share of its length, 0..1.</summary>
    public (string Service, double Share) Slowest()
    {
        var top = Rows.GroupBy(r => r.Span.Service)
            .Select(g => (Service: g.Key, Nano: g.Sum(r => r.Critical.Sum(c => c.Length))))
            .OrderByDescending(g => g.Nano).FirstOrDefault();
        return (top.Service ?? "", LengthNano == 0 ? 0 : (double)top.Nano / LengthNano);
    }

    public string Sentence()
    {
        if (Rows.Count == 0)
        {
            return "No span of this trace is stored.";
        }

        string took = Figures.Millis(LengthNano / 1e6);
        var origin = Rows.FirstOrDefault(r => r.IsErrorOrigin);
        if (origin is not null)
        {
            string who = $"{origin.Span.Service} {origin.Span.Version}".Trim();
            string why = origin.Span.StatusMessage.Length > 0 ? origin.Span.StatusMessage : origin.Span.Attribute("http.response.status_code") is { Length: > 0 } code ? $"answered {code}" : "failed";
            return $"The error began in {who}: {why}, {Figures.Millis(origin.Span.DurationNano / 1e6)} in {origin.Span.Name}. The whole request took {took}.";
        }

        var (service, share) = Slowest();
        return $"No error. {took} over {Services.Count} {(Services.Count == 1 ? "service" : "services")}; {Figures.Share(share)} of that was spent in {service}.";
    }

    private static WaterfallRow RowOf(SpanNode node, int depth, int colour, long start, CriticalPath critical, IReadOnlyList<TraceLog> logs)
    {
        var span = node.Span;
        var self = node.SelfTime().Select(p => new TimePiece(p.FromNano - start, p.ToNano - start)).ToList();
        return new WaterfallRow(
            span, depth, colour, new TimePiece(span.StartUnixNano - start, span.EndUnixNano - start),
            self.Sum(p => p.Length),
            Wire(node),
            long.TryParse(span.Attribute(MeshAttributes.ClientProxyTime), out long micros) ? Math.Clamp(micros * 1000, 0, span.DurationNano) : 0,
            self,
            [.. critical.Of(node).Select(p => new TimePiece(p.FromNano - start, p.ToNano - start))],
            span.Status == SpanStatus.Error && !node.Descendants().Any(d => d.Span.Status == SpanStatus.Error),
            node.IsJoined, node.IsOrphan, node.Children.Count > 0, logs);
    }

    private static long? Wire(SpanNode node) => node.Span.Kind == SpanKind.Client
        && node.Children.FirstOrDefault(c => c.Span.Kind == SpanKind.Server) is { } server
        ? Math.Max(0, node.Span.DurationNano - server.Span.DurationNano)
        : null;
}
