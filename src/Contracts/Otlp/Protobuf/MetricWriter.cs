using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Protobuf;

/// <summary>Writes points of one kind.</summary>
internal interface IPointWriter<TPoint>
    where TPoint : unmanaged
{
    Column<TPoint> Points { get; }

    PointRow PointOf(in TPoint point);

    void Write(ref ProtoWriter writer, in TPoint point);
}

/// <summary>The points of one kind, as one Metric message for each run of points of one metric. Metrics without points are not written.</summary>
internal readonly struct MetricWriter<TPoint, TWriter>(MetricBatch batch, TWriter points) : IRecordWriter
    where TPoint : unmanaged
    where TWriter : struct, IPointWriter<TPoint>
{
    public TelemetryBatch Batch => batch;

    public int Count => points.Points.Count;

    public int Resource(int row) => batch.Metrics[MetricOf(row)].Resource;

    public int Scope(int row) => batch.Metrics[MetricOf(row)].Scope;

    public int Write(ref ProtoWriter writer, int row)
    {
        int index = MetricOf(row);
        ref readonly var metric = ref batch.Metrics[index];
        int mark = writer.Begin(GroupFields.Members, CommonWriter.RecordPrefix);
        writer.WriteBytes(MetricFields.Name, batch.Symbols[metric.Name]);
        writer.WriteBytes(MetricFields.Description, batch.Symbols[metric.Description]);
        writer.WriteBytes(MetricFields.Unit, batch.Symbols[metric.Unit]);
        int data = writer.Begin(FieldOf(metric.Kind), CommonWriter.RecordPrefix);
        for (; row < Count && MetricOf(row) == index; row++)
        {
            int point = writer.Begin(MetricFields.DataPoints);
            points.Write(ref writer, in points.Points[row]);
            writer.End(point);
        }

        if (metric.Kind is MetricKind.Sum or MetricKind.Histogram or MetricKind.ExponentialHistogram)
        {
            writer.WriteVarint(MetricFields.Temporality, (ulong)metric.Temporality);
        }

        if (metric.Kind == MetricKind.Sum)
        {
            writer.WriteVarint(MetricFields.IsMonotonic, metric.IsMonotonic ? 1u : 0);
        }

        writer.End(data, CommonWriter.RecordPrefix);
        writer.End(mark, CommonWriter.RecordPrefix);
        return row;
    }

    private static int FieldOf(MetricKind kind) => kind switch
    {
        MetricKind.Gauge => MetricFields.Gauge,
        MetricKind.Sum => MetricFields.Sum,
        MetricKind.Histogram => MetricFields.Histogram,
        MetricKind.ExponentialHistogram => MetricFields.ExponentialHistogram,
        _ => MetricFields.Summary,
    };

    private int MetricOf(int row) => points.PointOf(in points.Points[row]).Metric;
}
