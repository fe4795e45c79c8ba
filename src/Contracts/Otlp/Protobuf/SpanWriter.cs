using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Protobuf;

/// <summary>Spans of a batch, one message each.</summary>
internal readonly struct SpanWriter(SpanBatch batch) : IRecordWriter
{
    public TelemetryBatch Batch => batch;

    public int Count => batch.Count;

    public int Resource(int row) => batch.ResourceRows[row];

    public int Scope(int row) => batch.ScopeRows[row];

    public int Write(ref ProtoWriter writer, int row)
    {
        var span = batch[row];
        int mark = writer.Begin(GroupFields.Members, CommonWriter.RecordPrefix);
        CommonWriter.WriteId(ref writer, SpanFields.TraceId, span.TraceId);
        CommonWriter.WriteId(ref writer, SpanFields.SpanId, span.SpanId);
        writer.WriteBytes(SpanFields.TraceState, batch.Text[batch.TraceStates[row]]);
        CommonWriter.WriteId(ref writer, SpanFields.ParentSpanId, span.ParentId);
        writer.WriteBytes(SpanFields.Name, span.Name);
        writer.WriteVarint(SpanFields.Kind, (ulong)span.Kind);
        writer.WriteFixed64(SpanFields.StartTime, (ulong)span.StartUnixNano);
        writer.WriteFixed64(SpanFields.EndTime, (ulong)span.EndUnixNano);
        CommonWriter.WriteAttributes(ref writer, SpanFields.Attributes, batch, span.Attributes);
        WriteEvents(ref writer, batch, batch.EventRows[row]);
        WriteLinks(ref writer, batch, batch.LinkRows[row]);
        WriteStatus(ref writer, batch, row);
        writer.WriteFixed32(SpanFields.Flags, batch.Flags[row]);
        writer.End(mark, CommonWriter.RecordPrefix);
        return row + 1;
    }

    private static void WriteEvents(ref ProtoWriter writer, SpanBatch batch, RowRange rows)
    {
        for (int row = rows.Start; row < rows.End; row++)
        {
            ref readonly var item = ref batch.Events[row];
            int mark = writer.Begin(SpanFields.Events);
            writer.WriteFixed64(EventFields.Time, (ulong)item.TimeUnixNano);
            writer.WriteBytes(EventFields.Name, batch.Symbols[item.Name]);
            CommonWriter.WriteAttributes(ref writer, EventFields.Attributes, batch, item.Attributes);
            writer.End(mark);
        }
    }

    private static void WriteLinks(ref ProtoWriter writer, SpanBatch batch, RowRange rows)
    {
        for (int row = rows.Start; row < rows.End; row++)
        {
            ref readonly var link = ref batch.Links[row];
            int mark = writer.Begin(SpanFields.Links);
            CommonWriter.WriteId(ref writer, LinkFields.TraceId, link.TraceId);
            CommonWriter.WriteId(ref writer, LinkFields.SpanId, link.SpanId);
            writer.WriteBytes(LinkFields.TraceState, batch.Text[link.TraceState]);
            CommonWriter.WriteAttributes(ref writer, LinkFields.Attributes, batch, link.Attributes);
            writer.End(mark);
        }
    }

    private static void WriteStatus(ref ProtoWriter writer, SpanBatch batch, int row)
    {
        var message = batch.Text[batch.StatusMessages[row]];
        if (batch.Statuses[row] == SpanStatus.Unset && message.IsEmpty)
        {
            return;
        }

        int mark = writer.Begin(SpanFields.Status);
        writer.WriteBytes(StatusFields.Message, message);
        writer.WriteVarint(StatusFields.Code, (ulong)batch.Statuses[row]);
        writer.End(mark);
    }
}
