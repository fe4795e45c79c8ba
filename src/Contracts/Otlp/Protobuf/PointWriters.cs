using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Protobuf;

internal readonly struct NumberWriter(MetricBatch batch) : IPointWriter<NumberPoint>
{
    public Column<NumberPoint> Points => batch.Numbers;

    public PointRow PointOf(in NumberPoint point) => point.Point;

    public void Write(ref ProtoWriter writer, in NumberPoint point)
    {
        CommonWriter.WriteTimes(ref writer, point.Point);
        if ((point.Point.Flags & PointFields.NoRecordedValue) == 0)
        {
            if (point.IsInt)
            {
                writer.WriteFixed64Always(NumberFields.AsInt, (ulong)point.Int);
            }
            else
            {
                writer.WriteDoubleAlways(NumberFields.AsDouble, point.Double);
            }
        }

        ExemplarWriter.Write(ref writer, NumberFields.Exemplars, batch, point.Point.Exemplars);
        CommonWriter.WriteAttributes(ref writer, NumberFields.Attributes, batch, point.Point.Attributes);
        writer.WriteVarint(NumberFields.Flags, point.Point.Flags);
    }
}

internal readonly struct HistogramWriter(MetricBatch batch) : IPointWriter<HistogramPoint>
{
    public Column<HistogramPoint> Points => batch.Histograms;

    public PointRow PointOf(in HistogramPoint point) => point.Point;

    public void Write(ref ProtoWriter writer, in HistogramPoint point)
    {
        CommonWriter.WriteTimes(ref writer, point.Point);
        writer.WriteFixed64(HistogramFields.Count, point.Count);
        writer.WritePresentDouble(HistogramFields.Sum, point.Sum);
        writer.WritePackedFixed(HistogramFields.BucketCounts, batch.Counts.Span.Slice(point.Buckets.Start, point.Buckets.Count));
        writer.WritePackedDoubles(HistogramFields.ExplicitBounds, batch.Doubles.Span.Slice(point.Bounds.Start, point.Bounds.Count));
        ExemplarWriter.Write(ref writer, HistogramFields.Exemplars, batch, point.Point.Exemplars);
        CommonWriter.WriteAttributes(ref writer, HistogramFields.Attributes, batch, point.Point.Attributes);
        writer.WriteVarint(HistogramFields.Flags, point.Point.Flags);
        writer.WritePresentDouble(HistogramFields.Min, point.Min);
        writer.WritePresentDouble(HistogramFields.Max, point.Max);
    }
}

internal readonly struct ExponentialWriter(MetricBatch batch) : IPointWriter<ExponentialHistogramPoint>
{
    public Column<ExponentialHistogramPoint> Points => batch.ExponentialHistograms;

    public PointRow PointOf(in ExponentialHistogramPoint point) => point.Point;

    public void Write(ref ProtoWriter writer, in ExponentialHistogramPoint point)
    {
        CommonWriter.WriteAttributes(ref writer, ExponentialFields.Attributes, batch, point.Point.Attributes);
        CommonWriter.WriteTimes(ref writer, point.Point);
        writer.WriteFixed64(ExponentialFields.Count, point.Count);
        writer.WritePresentDouble(ExponentialFields.Sum, point.Sum);
        writer.WriteVarint(ExponentialFields.Scale, NumberLists.ZigZag(point.Scale));
        writer.WriteFixed64(ExponentialFields.ZeroCount, point.ZeroCount);
        WriteBuckets(ref writer, ExponentialFields.Positive, point.PositiveOffset, point.PositiveBuckets);
        WriteBuckets(ref writer, ExponentialFields.Negative, point.NegativeOffset, point.NegativeBuckets);
        writer.WriteVarint(ExponentialFields.Flags, point.Point.Flags);
        ExemplarWriter.Write(ref writer, ExponentialFields.Exemplars, batch, point.Point.Exemplars);
        writer.WritePresentDouble(ExponentialFields.Min, point.Min);
        writer.WritePresentDouble(ExponentialFields.Max, point.Max);
        writer.WriteFixed64(ExponentialFields.ZeroThreshold, BitConverter.DoubleToUInt64Bits(point.ZeroThreshold));
    }

    private void WriteBuckets(ref ProtoWriter writer, int field, int offset, RowRange rows)
    {
        int mark = writer.Begin(field);
        writer.WriteVarint(ExponentialFields.Offset, NumberLists.ZigZag(offset));
        writer.WritePackedVarints(ExponentialFields.BucketCounts, batch.Counts.Span.Slice(rows.Start, rows.Count));
        writer.End(mark);
    }
}

internal readonly struct SummaryWriter(MetricBatch batch) : IPointWriter<SummaryPoint>
{
    public Column<SummaryPoint> Points => batch.Summaries;

    public PointRow PointOf(in SummaryPoint point) => point.Point;

    public void Write(ref ProtoWriter writer, in SummaryPoint point)
    {
        CommonWriter.WriteTimes(ref writer, point.Point);
        writer.WriteFixed64(SummaryFields.Count, point.Count);
        writer.WriteFixed64(SummaryFields.Sum, BitConverter.DoubleToUInt64Bits(point.Sum));
        for (int row = point.Quantiles.Start; row + 1 < point.Quantiles.End; row += 2)
        {
            int mark = writer.Begin(SummaryFields.Quantiles);
            writer.WriteDoubleAlways(SummaryFields.Quantile, batch.Doubles[row]);
            writer.WriteDoubleAlways(SummaryFields.Value, batch.Doubles[row + 1]);
            writer.End(mark);
        }

        CommonWriter.WriteAttributes(ref writer, SummaryFields.Attributes, batch, point.Point.Attributes);
        writer.WriteVarint(SummaryFields.Flags, point.Point.Flags);
    }
}

internal static class ExemplarWriter
{
    public static void Write(ref ProtoWriter writer, int field, MetricBatch batch, RowRange rows)
    {
        for (int row = rows.Start; row < rows.End; row++)
        {
            ref readonly var exemplar = ref batch.Exemplars[row];
            int mark = writer.Begin(field);
            writer.WriteFixed64(ExemplarFields.Time, (ulong)exemplar.TimeUnixNano);
            writer.WriteDoubleAlways(ExemplarFields.AsDouble, exemplar.Value);
            CommonWriter.WriteId(ref writer, ExemplarFields.SpanId, exemplar.SpanId);
            CommonWriter.WriteId(ref writer, ExemplarFields.TraceId, exemplar.TraceId);
            CommonWriter.WriteAttributes(ref writer, ExemplarFields.Attributes, batch, exemplar.Attributes);
            writer.End(mark);
        }
    }
}
