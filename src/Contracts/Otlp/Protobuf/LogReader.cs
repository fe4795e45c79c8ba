using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Protobuf;

/// <summary>One LogRecord into one row. Ids that are not valid count as none, as logs.proto asks of receivers; so no record is rejected.</summary>
internal readonly struct LogReader(LogBatch batch) : IRecordReader
{
    public TelemetryBatch Batch => batch;

    public bool Read(ProtoReader reader, int resource, int scope, ref DecodeTally tally)
    {
        int first = batch.Attributes.Count;
        ulong time = 0;
        ulong observed = 0;
        TraceId traceId = default;
        SpanId spanId = default;
        uint flags = 0;
        ulong severity = 0;
        int severityText = 0;
        int eventName = 0;
        TextRef body = default;
        var bodyKind = AttributeKind.Empty;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case LogFields.Time:
                    time = reader.ReadFixed64();
                    break;
                case LogFields.ObservedTime:
                    observed = reader.ReadFixed64();
                    break;
                case LogFields.SeverityNumber:
                    severity = reader.ReadVarint();
                    break;
                case LogFields.SeverityText:
                    severityText = batch.Symbols.AddRepaired(reader.ReadBytes());
                    break;
                case LogFields.Body:
                    if (!ProtoValue.ReadBody(reader.ReadMessage(), batch.Text, out body, out bodyKind, ref tally))
                    {
                        return false;
                    }

                    break;
                case LogFields.Attributes:
                    if (!ProtoCommon.ReadAttribute(reader.ReadMessage(), batch, ref tally))
                    {
                        return false;
                    }

                    break;
                case LogFields.Flags:
                    flags = reader.ReadFixed32();
                    break;
                case LogFields.TraceId:
                    ProtoCommon.TryReadTraceId(reader.ReadBytes(), out traceId);
                    break;
                case LogFields.SpanId:
                    ProtoCommon.TryReadSpanId(reader.ReadBytes(), out spanId);
                    break;
                case LogFields.EventName:
                    eventName = batch.Symbols.AddRepaired(reader.ReadBytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (!tally.Finish(reader, LogFields.Names) || !tally.TakeRow())
        {
            return false;
        }

        batch.Logs.Add(new(
            TimeRules.Time(time),
            TimeRules.Time(observed),
            traceId,
            spanId,
            flags,
            LogRules.Severity(severity),
            severityText,
            body,
            eventName,
            resource,
            scope,
            batch.Attributes.From(first),
            bodyKind));
        tally.Accepted++;
        return true;
    }
}
