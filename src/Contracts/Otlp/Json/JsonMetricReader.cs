using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Json;

/// <summary>One metric object into one row, its points into the columns of their kind.</summary>
internal readonly struct JsonMetricReader(MetricBatch batch) : IJsonRecordReader
{
    private static readonly string[] Temporalities =
        ["AGGREGATION_TEMPORALITY_UNSPECIFIED", "AGGREGATION_TEMPORALITY_DELTA", "AGGREGATION_TEMPORALITY_CUMULATIVE"];

    public TelemetryBatch Batch => batch;

    public ReadOnlySpan<byte> GroupsName => "resourceMetrics"u8;

    public ReadOnlySpan<byte> ScopeGroupsName => "scopeMetrics"u8;

    public ReadOnlySpan<byte> RecordsName => "metrics"u8;

    public bool Read(ref JsonCursor json, int resource, int scope, ref DecodeTally tally)
    {
        if (!tally.TakeRow())
        {
            return false;
        }

        // The row is there before its content, because points may come before the name.
        int row = batch.Metrics.Count;
        batch.Metrics.Add(default);
        int name = 0;
        int description = 0;
        int unit = 0;
        MetricKind? kind = null;
        Temporality temporality = default;
        bool isMonotonic = false;
        for (bool inside = json.EnterObject(); inside && json.NextField();)
        {
            if (json.Is("name"u8))
            {
                name = json.ReadSymbol(batch.Symbols);
            }
            else if (json.Is("description"u8))
            {
                description = json.ReadSymbol(batch.Symbols);
            }
            else if (json.Is("unit"u8))
            {
                unit = json.ReadSymbol(batch.Symbols);
            }
            else if (kind is not null || KindOf(json) is not { } found)
            {
                json.Skip();
            }
            else
            {
                kind = found;
                if (!ReadData(ref json, found, row, ref temporality, ref isMonotonic, ref tally))
                {
                    return false;
                }
            }
        }

        batch.Metrics[row] = new(name, description, unit, kind ?? MetricKind.Gauge, temporality, isMonotonic, resource, scope);
        return tally.Finish(json);
    }

    private static MetricKind? KindOf(in JsonCursor json) =>
        json.Is("gauge"u8) ? MetricKind.Gauge
        : json.Is("sum"u8) ? MetricKind.Sum
        : json.Is("histogram"u8) ? MetricKind.Histogram
        : json.Is("exponentialHistogram"u8) ? MetricKind.ExponentialHistogram
        : json.Is("summary"u8) ? MetricKind.Summary
        : null;

    private bool ReadData(ref JsonCursor json, MetricKind kind, int metric, ref Temporality temporality, ref bool isMonotonic, ref DecodeTally tally)
    {
        for (bool inside = json.EnterObject(); inside && json.NextField();)
        {
            if (json.Is("dataPoints"u8))
            {
                for (bool insidePoints = json.EnterArray(); insidePoints && json.NextElement();)
                {
                    if (!tally.TakeRow() || !ReadPoint(ref json, kind, metric, ref tally))
                    {
                        return false;
                    }
                }
            }
            else if (json.Is("aggregationTemporality"u8))
            {
                temporality = MetricRules.Temporality(json.ReadEnum(Temporalities));
            }
            else if (json.Is("isMonotonic"u8))
            {
                isMonotonic = json.ReadBool();
            }
            else
            {
                json.Skip();
            }
        }

        return tally.Finish(json);
    }

    private bool ReadPoint(ref JsonCursor json, MetricKind kind, int metric, ref DecodeTally tally) => kind switch
    {
        MetricKind.Gauge or MetricKind.Sum => JsonNumberReader.Read(ref json, batch, metric, ref tally),
        MetricKind.Histogram => JsonHistogramReader.Read(ref json, batch, metric, ref tally),
        MetricKind.ExponentialHistogram => JsonExponentialReader.Read(ref json, batch, metric, ref tally),
        _ => JsonSummaryReader.Read(ref json, batch, metric, ref tally),
    };
}
