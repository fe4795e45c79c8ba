using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal.ViewModels;

/// <summary>One line of the waterfall: a span, or a log beneath it.</summary>
public sealed record WaterfallLine(WaterfallRow Row, TraceLog? Log, string Key)
{
    public static IEnumerable<WaterfallLine> Of(WaterfallRow row)
    {
        yield return new WaterfallLine(row, null, row.Span.SpanId);
        for (int i = 0; i < row.Logs.Count; i++)
        {
            yield return new WaterfallLine(row, row.Logs[i], $"{row.Span.SpanId} log {i}");
        }
    }
}
