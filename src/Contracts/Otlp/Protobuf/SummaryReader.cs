using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Protobuf;

/// <summary>A point of a summary, which old Prometheus clients send.</summary>
internal static class SummaryReader
{
    public static bool Read(ProtoReader reader, MetricBatch batch, int metric, ref DecodeTally tally)
    {
        int first = batch.Attributes.Count;
        int firstQuantile = batch.Doubles.Count;
        ulong start = 0;
        ulong time = 0;
        uint flags = 0;
        ulong count = 0;
        double sum = 0;
        while (reader.Next())
        {
            bool read = true;
            switch (reader.Field)
            {
                case PointFields.StartTime:
                    start = reader.ReadFixed64();
                    break;
                case PointFields.Time:
                    time = reader.ReadFixed64();
                    break;
                case SummaryFields.Count:
                    count = reader.ReadFixed64();
                    break;
                case SummaryFields.Sum:
                    sum = reader.ReadDouble();
                    break;
                case SummaryFields.Quantiles:
                    read = ReadQuantile(reader.ReadMessage(), batch, ref tally);
                    break;
                case SummaryFields.Attributes:
                    read = ProtoCommon.ReadAttribute(reader.ReadMessage(), batch, ref tally);
                    break;
                case SummaryFields.Flags:
                    flags = (uint)reader.ReadVarint();
                    break;
                default:
                    reader.Skip();
                    break;
            }

            if (!read)
            {
                return false;
            }
        }

        if (!tally.Finish(reader, SummaryFields.Names))
        {
            return false;
        }

        batch.Summaries.Add(new(
            new(metric, TimeRules.Time(start), TimeRules.Time(time), flags, batch.Attributes.From(first), default),
            count,
            sum,
            new(firstQuantile, batch.Doubles.Count - firstQuantile)));
        tally.Accepted++;
        return true;
    }

    private static bool ReadQuantile(ProtoReader reader, MetricBatch batch, ref DecodeTally tally)
    {
        double quantile = 0;
        double value = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case SummaryFields.Quantile:
                    quantile = reader.ReadDouble();
                    break;
                case SummaryFields.Value:
                    value = reader.ReadDouble();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        batch.Doubles.Add(quantile);
        batch.Doubles.Add(value);
        return tally.Finish(reader, SummaryFields.QuantileNames) && tally.TakeRow();
    }
}
