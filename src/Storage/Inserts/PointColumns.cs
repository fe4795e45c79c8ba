using MeshInsight.Contracts.Telemetry;
using static MeshInsight.Storage.Inserts.BatchColumns;

namespace MeshInsight.Storage.Inserts;

/// <summary>The columns that the metric tables share.</summary>
internal static class PointColumns
{
    public static BlockColumn<T>[] Common<T>()
        where T : PointRows =>
    [
        AttributesOf<T>("ResourceAttributes", static (r, row) => r.Resource(row).Attributes),
        SymbolText<T>("ResourceSchemaUrl", static (r, row) => r.Resource(row).SchemaUrl),
        SymbolText<T>("ScopeName", static (r, row) => r.Scope(row).Name),
        SymbolText<T>("ScopeVersion", static (r, row) => r.Scope(row).Version),
        AttributesOf<T>("ScopeAttributes", static (r, row) => r.Scope(row).Attributes),
        SymbolText<T>("ScopeSchemaUrl", static (r, row) => r.Scope(row).SchemaUrl),
        Symbol<T>("ServiceName", static (r, row) => r.Resource(row).ServiceName),
        Symbol<T>("MetricName", static (r, row) => r.Metric(row).Name),
        SymbolText<T>("MetricDescription", static (r, row) => r.Metric(row).Description),
        SymbolText<T>("MetricUnit", static (r, row) => r.Metric(row).Unit),
        AttributesOf<T>("Attributes", static (r, row) => r.Point(row).Attributes),
        TimeOf<T>("StartTimeUnix", static (r, row) => r.Point(row).StartUnixNano),
        TimeOf<T>("TimeUnix", static (r, row) => r.Point(row).TimeUnixNano),
        Number<T, uint>("Flags", "UInt32", static (r, row) => r.Point(row).Flags),
    ];

    public static BlockColumn<T>[] Exemplars<T>()
        where T : PointRows
    {
        Func<T, int, RowRange> exemplars = static (r, row) => r.Point(row).Exemplars;
        return
        [
            NestedColumns.Attributes("Exemplars.FilteredAttributes", exemplars, static (r, i) => r.Metrics.Exemplars[i].Attributes),
            NestedColumns.Number("Exemplars.TimeUnix", Time, exemplars, static (r, i) => r.Metrics.Exemplars[i].TimeUnixNano),
            NestedColumns.Number("Exemplars.Value", "Float64", exemplars, static (r, i) => r.Metrics.Exemplars[i].Value),
            NestedColumns.Text("Exemplars.SpanId", exemplars, static (w, r, i) => WriteId(w, r.Metrics.Exemplars[i].SpanId)),
            NestedColumns.Text("Exemplars.TraceId", exemplars, static (w, r, i) => WriteId(w, r.Metrics.Exemplars[i].TraceId)),
        ];
    }

    public static BlockColumn<T> Temporality<T>()
        where T : PointRows => Number<T, int>("AggregationTemporality", "Int32", static (r, row) => (int)r.Metric(row).Temporality);

    /// <summary>Quantiles are pairs in the batch: <paramref name="half"/> 0 takes the quantiles, 1 the values.</summary>
    public static BlockColumn<SummaryRows> Quantiles(string name, int half) =>
        new(name, "Array(Float64)", (writer, rows) =>
        {
            WriteEnds(writer, rows, rows.Count, static (r, row) => new(0, r.Summary(row).Quantiles.Count / 2));
            for (int row = 0; row < rows.Count; row++)
            {
                var pairs = rows.Summary(row).Quantiles;
                for (int place = pairs.Start + half; place < pairs.End; place += 2)
                {
                    writer.WriteNumbers<double>([rows.Metrics.Doubles[place]]);
                }
            }
        });

    /// <summary>The exporter writes 0 where a point has no sum, minimum or maximum.</summary>
    public static double OrZero(double value) => double.IsNaN(value) ? 0 : value;
}
