using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Protobuf;

/// <summary>A point of a base-2 exponential histogram.</summary>
internal static class ExponentialReader
{
    public static bool Read(ProtoReader reader, MetricBatch batch, int metric, ref DecodeTally tally)
    {
        int first = batch.Attributes.Count;
        ulong start = 0;
        ulong time = 0;
        uint flags = 0;
        var point = new ExponentialHistogramPoint { Sum = double.NaN, Min = double.NaN, Max = double.NaN };
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
                case ExponentialFields.Count:
                    point = point with { Count = reader.ReadFixed64() };
                    break;
                case ExponentialFields.Sum:
                    point = point with { Sum = reader.ReadDouble() };
                    break;
                case ExponentialFields.Min:
                    point = point with { Min = reader.ReadDouble() };
                    break;
                case ExponentialFields.Max:
                    point = point with { Max = reader.ReadDouble() };
                    break;
                case ExponentialFields.Scale:
                    point = point with { Scale = NumberLists.ReadZigZag(ref reader) };
                    break;
                case ExponentialFields.ZeroCount:
                    point = point with { ZeroCount = reader.ReadFixed64() };
                    break;
                case ExponentialFields.ZeroThreshold:
                    point = point with { ZeroThreshold = reader.ReadDouble() };
                    break;
                case ExponentialFields.Positive:
                    read = ReadBuckets(reader.ReadMessage(), batch, out int positiveOffset, out var positive, ref tally);
                    point = point with { PositiveOffset = positiveOffset, PositiveBuckets = positive };
                    break;
                case ExponentialFields.Negative:
                    read = ReadBuckets(reader.ReadMessage(), batch, out int negativeOffset, out var negative, ref tally);
                    point = point with { NegativeOffset = negativeOffset, NegativeBuckets = negative };
                    break;
                case ExponentialFields.Attributes:
                    read = ProtoCommon.ReadAttribute(reader.ReadMessage(), batch, ref tally);
                    break;
                case ExponentialFields.Flags:
                    flags = (uint)reader.ReadVarint();
                    break;
                case ExponentialFields.Exemplars:
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
        if (!tally.Finish(reader, ExponentialFields.Names)
            || (hasExemplars && !ExemplarReader.Read(again, ExponentialFields.Exemplars, batch, out exemplars, ref tally)))
        {
            return false;
        }

        batch.ExponentialHistograms.Add(point with
        {
            Point = new(metric, TimeRules.Time(start), TimeRules.Time(time), flags, attributes, exemplars),
        });
        tally.Accepted++;
        return true;
    }

    private static bool ReadBuckets(ProtoReader reader, MetricBatch batch, out int offset, out RowRange rows, ref DecodeTally tally)
    {
        int first = batch.Counts.Count;
        offset = 0;
        rows = default;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case ExponentialFields.Offset:
                    offset = NumberLists.ReadZigZag(ref reader);
                    break;
                case ExponentialFields.BucketCounts:
                    if (!NumberLists.ReadVarints(ref reader, batch.Counts, ExponentialFields.BucketNames, ref tally))
                    {
                        return false;
                    }

                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        rows = new(first, batch.Counts.Count - first);
        return tally.Finish(reader, ExponentialFields.BucketNames);
    }
}
