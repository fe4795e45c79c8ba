using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Native;
using static MeshInsight.Storage.Inserts.BatchColumns;

namespace MeshInsight.Storage.Inserts;

/// <summary>
/// Spans → <c>otel_traces</c>, with names and words as the OpenTelemetry ClickHouse exporter writes them
/// (https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/clickhouseexporter).
/// </summary>
internal static class SpanBlock
{
    private const string Table = "otel_traces";

    private static readonly string[] Kinds = ["", "Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"];
    private static readonly string[] Statuses = ["", "Unset", "Ok", "Error"];

    private static readonly Func<SpanRows, int, RowRange> Events = static (r, row) => r.Spans.EventRows[row];
    private static readonly Func<SpanRows, int, RowRange> Links = static (r, row) => r.Spans.LinkRows[row];

    private static readonly BlockColumn<SpanRows>[] Columns =
    [
        TimeOf<SpanRows>("Timestamp", static (r, row) => r.Spans.StartUnixNanos[row]),
        TraceIdOf<SpanRows>("TraceId", static (r, row) => r.Spans.TraceIds[row]),
        SpanIdOf<SpanRows>("SpanId", static (r, row) => r.Spans.SpanIds[row]),
        SpanIdOf<SpanRows>("ParentSpanId", static (r, row) => r.Spans.ParentIds[row]),
        Text<SpanRows>("TraceState", static (r, row) => r.Spans.TraceStates[row]),
        Symbol<SpanRows>("SpanName", static (r, row) => r.Spans.Names[row]),
        Word<SpanRows>("SpanKind", Kinds, static (r, row) => 1 + (int)r.Spans.Kinds[row]),
        Symbol<SpanRows>("ServiceName", static (r, row) => r.Resource(row).ServiceName),
        AttributesOf<SpanRows>("ResourceAttributes", static (r, row) => r.Resource(row).Attributes),
        SymbolText<SpanRows>("ScopeName", static (r, row) => r.Scope(row).Name),
        SymbolText<SpanRows>("ScopeVersion", static (r, row) => r.Scope(row).Version),
        AttributesOf<SpanRows>("SpanAttributes", static (r, row) => r.Spans.AttributeRows[row]),
        Number<SpanRows, ulong>("Duration", "UInt64", static (r, row) => (ulong)r.Spans.DurationNanos[row]),
        Word<SpanRows>("StatusCode", Statuses, static (r, row) => 1 + (int)r.Spans.Statuses[row]),
        Text<SpanRows>("StatusMessage", static (r, row) => r.Spans.StatusMessages[row]),
        NestedColumns.Number<SpanRows, long>("Events.Timestamp", Time, Events, static (r, i) => r.Spans.Events[i].TimeUnixNano),
        NestedColumns.Symbol<SpanRows>("Events.Name", Events, static (r, i) => r.Spans.Events[i].Name),
        NestedColumns.Attributes<SpanRows>("Events.Attributes", Events, static (r, i) => r.Spans.Events[i].Attributes),
        NestedColumns.Text<SpanRows>("Links.TraceId", Links, static (w, r, i) => WriteId(w, r.Spans.Links[i].TraceId)),
        NestedColumns.Text<SpanRows>("Links.SpanId", Links, static (w, r, i) => WriteId(w, r.Spans.Links[i].SpanId)),
        NestedColumns.Text<SpanRows>("Links.TraceState", Links, static (w, r, i) => TextColumn.Write(w, r.Batch.Text[r.Spans.Links[i].TraceState])),
        NestedColumns.Attributes<SpanRows>("Links.Attributes", Links, static (r, i) => r.Spans.Links[i].Attributes),
    ];

    private static readonly Block<SpanRows> Plain = new(Table, static r => r.Count, Columns);

    private static readonly Block<SpanRows> Scored = new(Table, static r => r.Count,
    [
        .. Columns,
        Number<SpanRows, float>("AnomalyScore", "Float32", static (r, row) => r.Scores!.Anomalies[row]),
        ScoreSymbol("SuspectedService", static (s, row) => s.Suspects[row]),
        Number<SpanRows, double>("SamplingProbability", "Float64", static (r, row) => r.Scores!.Probabilities[row]),
        ScoreSymbol("SamplingReason", static (s, row) => s.Reasons[row]),
    ]);

    /// <param name="scores">Null leaves the four columns to the table's defaults (probability from <c>ot=th</c>).</param>
    public static Client.TableInsert Insert(SpanBatch spans, SpanScores? scores)
    {
        if (scores is not null && scores.Count != spans.Count)
        {
            throw new ArgumentException($"{scores.Count} scores for {spans.Count} spans.", nameof(scores));
        }

        return (scores is null ? Plain : Scored).Insert(new(spans, scores));
    }

    private static BlockColumn<SpanRows> ScoreSymbol(string name, Func<SpanScores, int, int> symbol) =>
        new(name, LowText, (writer, rows) =>
        {
            LowCardinalityColumn.WritePrefix(writer);
            WriteSymbols(writer, rows.Scores!.Symbols, rows.Scores, rows.Count, symbol);
        });

    private sealed class SpanRows(SpanBatch spans, SpanScores? scores) : BatchRows(spans, spans.Count)
    {
        public SpanBatch Spans => spans;

        public SpanScores? Scores => scores;

        public ResourceRow Resource(int row) => spans.Resources[spans.ResourceRows[row]];

        public ScopeRow Scope(int row) => spans.Scopes[spans.ScopeRows[row]];
    }
}
