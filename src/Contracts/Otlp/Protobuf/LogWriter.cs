using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Protobuf;

/// <summary>Log records of a batch, one message each.</summary>
internal readonly struct LogWriter(LogBatch batch) : IRecordWriter
{
    public TelemetryBatch Batch => batch;

    public int Count => batch.Count;

    public int Resource(int row) => batch.Logs[row].Resource;

    public int Scope(int row) => batch.Logs[row].Scope;

    public int Write(ref ProtoWriter writer, int row)
    {
        ref readonly var log = ref batch.Logs[row];
        int mark = writer.Begin(GroupFields.Members, CommonWriter.RecordPrefix);
        writer.WriteFixed64(LogFields.Time, (ulong)log.TimeUnixNano);
        writer.WriteVarint(LogFields.SeverityNumber, log.SeverityNumber);
        writer.WriteBytes(LogFields.SeverityText, batch.Symbols[log.SeverityText]);
        WriteBody(ref writer, log);
        CommonWriter.WriteAttributes(ref writer, LogFields.Attributes, batch, log.Attributes);
        writer.WriteFixed32(LogFields.Flags, log.Flags);
        CommonWriter.WriteId(ref writer, LogFields.TraceId, log.TraceId);
        CommonWriter.WriteId(ref writer, LogFields.SpanId, log.SpanId);
        writer.WriteFixed64(LogFields.ObservedTime, (ulong)log.ObservedTimeUnixNano);
        writer.WriteBytes(LogFields.EventName, batch.Symbols[log.EventName]);
        writer.End(mark, CommonWriter.RecordPrefix);
        return row + 1;
    }

    private void WriteBody(ref ProtoWriter writer, in LogRow log)
    {
        if (log.BodyKind == AttributeKind.Empty)
        {
            return;
        }

        int mark = writer.Begin(LogFields.Body, CommonWriter.RecordPrefix);
        var body = batch.Text[log.Body];
        if (log.BodyKind == AttributeKind.Json)
        {
            JsonValueWriter.Write(ref writer, body);
        }
        else
        {
            writer.WriteBytesAlways(AnyValueFields.Text, body);
        }

        writer.End(mark, CommonWriter.RecordPrefix);
    }
}
