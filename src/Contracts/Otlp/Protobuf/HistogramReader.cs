using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Protobuf;

/// <summary>A point of a histogram with explicit bounds.</summary>
internal static class HistogramReader
{
    public static bool Read(ProtoReader reader, MetricBatch batch, int metric, ref DecodeTally tally)
    {
        var before = batch.Mark();
        int first = batch.Attributes.Count;
        ulong start = 0;
        ulong time = 0;
        uint flags = 0;
        ulong count = 0;
        double sum = double.NaN;
        double min = double.NaN;
        double max = double.NaN;
        bool hasExemplars = false;
        var again = reader;
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
                case HistogramFields.Count:
                    count = reader.ReadFixed64();
                    break;
                case HistogramFields.Sum:
                    sum = reader.ReadDouble();
                    break;
                case HistogramFields.Min:
                    min = reader.ReadDouble();
                    break;
                case HistogramFields.Max:
                    max = reader.ReadDouble();
                    break;
                case HistogramFields.BucketCounts:
                    read = NumberLists.ReadFixed(ref reader, batch.Counts, HistogramFields.Names, ref tally);
                    break;
                case HistogramFields.ExplicitBounds:
                    read = NumberLists.ReadDoubles(ref reader, batch.Doubles, HistogramFields.Names, ref tally);
                    break;
                case HistogramFields.Attributes:
                    read = ProtoCommon.ReadAttribute(reader.ReadMessage(), batch, ref tally);
                    break;
                case HistogramFields.Flags:
                    flags = (uint)reader.ReadVarint();
                    break;
                case HistogramFields.Exemplars:
                    hasExemplars = true;
                    reader.Skip();
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

        var attributes = batch.Attributes.From(first);
        RowRange exemplars = default;
        if (!tally.Finish(reader, HistogramFields.Names)
            || (hasExemplars && !ExemplarReader.Read(again, HistogramFields.Exemplars, batch, out exemplars, ref tally)))
        {
            return false;
        }

        var buckets = new RowRange(before.Counts, batch.Counts.Count - before.Counts);
        var bounds = new RowRange(before.Doubles, batch.Doubles.Count - before.Doubles);
        if (!MetricRules.BucketsFit(buckets, bounds))
        {
            batch.Rollback(before);
            tally.Reject(RejectReason.BucketsDoNotMatchBounds);
            return true;
        }

        batch.Histograms.Add(new(
            new(metric, TimeRules.Time(start), TimeRules.Time(time), flags, attributes, exemplars),
            count,
            sum,
            min,
            max,
            buckets,
            bounds));
        tally.Accepted++;
        return true;
    }
}
