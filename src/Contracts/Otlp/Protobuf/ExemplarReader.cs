using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Protobuf;

/// <summary>Exemplars of one point, read after the point's own attributes because both share one table. Ids that are not valid count as none.</summary>
internal static class ExemplarReader
{
    public static bool Read(ProtoReader point, int field, MetricBatch batch, out RowRange rows, ref DecodeTally tally)
    {
        int first = batch.Exemplars.Count;
        rows = default;
        while (point.Next())
        {
            if (point.Field != field)
            {
                point.Skip();
            }
            else if (!ReadOne(point.ReadMessage(), batch, ref tally))
            {
                return false;
            }
        }

        rows = new(first, batch.Exemplars.Count - first);
        return true;
    }

    private static bool ReadOne(ProtoReader reader, MetricBatch batch, ref DecodeTally tally)
    {
        int first = batch.Attributes.Count;
        ulong time = 0;
        double value = 0;
        TraceId traceId = default;
        SpanId spanId = default;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case ExemplarFields.Time:
                    time = reader.ReadFixed64();
                    break;
                case ExemplarFields.AsDouble:
                    value = reader.ReadDouble();
                    break;
                case ExemplarFields.AsInt:
                    value = (long)reader.ReadFixed64();
                    break;
                case ExemplarFields.TraceId:
                    ProtoCommon.TryReadTraceId(reader.ReadBytes(), out traceId);
                    break;
                case ExemplarFields.SpanId:
                    ProtoCommon.TryReadSpanId(reader.ReadBytes(), out spanId);
                    break;
                case ExemplarFields.Attributes:
                    if (!ProtoCommon.ReadAttribute(reader.ReadMessage(), batch, ref tally))
                    {
                        return false;
                    }

                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        batch.Exemplars.Add(new(TimeRules.Time(time), value, traceId, spanId, batch.Attributes.From(first)));
        return tally.Finish(reader, ExemplarFields.Names) && tally.TakeRow();
    }
}
