using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Protobuf;

/// <summary>A point of a gauge or sum. Without a value (see its flags) it is zero.</summary>
internal static class NumberReader
{
    public static bool Read(ProtoReader reader, MetricBatch batch, int metric, ref DecodeTally tally)
    {
        int first = batch.Attributes.Count;
        ulong start = 0;
        ulong time = 0;
        uint flags = 0;
        bool isInt = false;
        long whole = 0;
        double real = 0;
        bool hasExemplars = false;
        var again = reader;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case PointFields.StartTime:
                    start = reader.ReadFixed64();
                    break;
                case PointFields.Time:
                    time = reader.ReadFixed64();
                    break;
                case NumberFields.AsDouble:
                    real = reader.ReadDouble();
                    (isInt, whole) = (false, 0);
                    break;
                case NumberFields.AsInt:
                    whole = (long)reader.ReadFixed64();
                    (isInt, real) = (true, 0);
                    break;
                case NumberFields.Attributes:
                    if (!ProtoCommon.ReadAttribute(reader.ReadMessage(), batch, ref tally))
                    {
                        return false;
                    }

                    break;
                case NumberFields.Flags:
                    flags = (uint)reader.ReadVarint();
                    break;
                case NumberFields.Exemplars:
                    hasExemplars = true;
                    reader.Skip();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var attributes = batch.Attributes.From(first);
        RowRange exemplars = default;
        if (!tally.Finish(reader, NumberFields.Names)
            || (hasExemplars && !ExemplarReader.Read(again, NumberFields.Exemplars, batch, out exemplars, ref tally)))
        {
            return false;
        }

        batch.Numbers.Add(new(new(metric, TimeRules.Time(start), TimeRules.Time(time), flags, attributes, exemplars), isInt, whole, real));
        tally.Accepted++;
        return true;
    }
}
