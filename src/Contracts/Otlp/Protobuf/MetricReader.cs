using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Protobuf;

/// <summary>One Metric into one row, its points into the columns of their kind.</summary>
internal readonly struct MetricReader(MetricBatch batch) : IRecordReader
{
    public TelemetryBatch Batch => batch;

    public bool Read(ProtoReader reader, int resource, int scope, ref DecodeTally tally)
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
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case MetricFields.Name:
                    name = batch.Symbols.AddRepaired(reader.ReadBytes());
                    break;
                case MetricFields.Description:
                    description = batch.Symbols.AddRepaired(reader.ReadBytes());
                    break;
                case MetricFields.Unit:
                    unit = batch.Symbols.AddRepaired(reader.ReadBytes());
                    break;
                case MetricFields.Gauge or MetricFields.Sum or MetricFields.Histogram or MetricFields.ExponentialHistogram or MetricFields.Summary when kind is null:
                    kind = KindOf(reader.Field);
                    if (!ReadData(reader.ReadMessage(), kind.Value, row, ref temporality, ref isMonotonic, ref tally))
                    {
                        return false;
                    }

                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        batch.Metrics[row] = new(name, description, unit, kind ?? MetricKind.Gauge, temporality, isMonotonic, resource, scope);
        return tally.Finish(reader, MetricFields.Names);
    }

    private static MetricKind KindOf(int field) => field switch
    {
        MetricFields.Gauge => MetricKind.Gauge,
        MetricFields.Sum => MetricKind.Sum,
        MetricFields.Histogram => MetricKind.Histogram,
        MetricFields.ExponentialHistogram => MetricKind.ExponentialHistogram,
        _ => MetricKind.Summary,
    };

    private bool ReadData(ProtoReader reader, MetricKind kind, int metric, ref Temporality temporality, ref bool isMonotonic, ref DecodeTally tally)
    {
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case MetricFields.DataPoints:
                    if (!tally.TakeRow() || !ReadPoint(reader.ReadMessage(), kind, metric, ref tally))
                    {
                        return false;
                    }

                    break;
                case MetricFields.Temporality:
                    temporality = MetricRules.Temporality(reader.ReadVarint());
                    break;
                case MetricFields.IsMonotonic:
                    isMonotonic = reader.ReadBool();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return tally.Finish(reader, MetricFields.DataNames);
    }

    private bool ReadPoint(ProtoReader reader, MetricKind kind, int metric, ref DecodeTally tally) => kind switch
    {
        MetricKind.Gauge or MetricKind.Sum => NumberReader.Read(reader, batch, metric, ref tally),
        MetricKind.Histogram => HistogramReader.Read(reader, batch, metric, ref tally),
        MetricKind.ExponentialHistogram => ExponentialReader.Read(reader, batch, metric, ref tally),
        _ => SummaryReader.Read(reader, batch, metric, ref tally),
    };
}
