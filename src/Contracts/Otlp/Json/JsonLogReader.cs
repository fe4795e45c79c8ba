using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Json;

/// <summary>One log record object into one row. Ids that are not valid count as none, as logs.proto asks of receivers.</summary>
internal readonly struct JsonLogReader(LogBatch batch) : IJsonRecordReader
{
    private static readonly string[] Severities = SeverityNames();

    public TelemetryBatch Batch => batch;

    public ReadOnlySpan<byte> GroupsName => "resourceLogs"u8;

    public ReadOnlySpan<byte> ScopeGroupsName => "scopeLogs"u8;

    public ReadOnlySpan<byte> RecordsName => "logRecords"u8;

    public bool Read(ref JsonCursor json, int resource, int scope, ref DecodeTally tally)
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
        for (bool inside = json.EnterObject(); inside && json.NextField();)
        {
            if (json.Is("attributes"u8))
            {
                if (!JsonCommon.ReadAttributes(ref json, batch, ref tally))
                {
                    return false;
                }
            }
            else if (json.Is("body"u8))
            {
                if (!JsonValue.ReadBody(ref json, batch.Text, out body, out bodyKind, ref tally))
                {
                    return false;
                }
            }
            else if (json.Is("timeUnixNano"u8))
            {
                time = json.ReadUInt64();
            }
            else if (json.Is("observedTimeUnixNano"u8))
            {
                observed = json.ReadUInt64();
            }
            else if (json.Is("severityNumber"u8))
            {
                severity = json.ReadEnum(Severities);
            }
            else if (json.Is("severityText"u8))
            {
                severityText = json.ReadSymbol(batch.Symbols);
            }
            else if (json.Is("traceId"u8))
            {
                JsonCommon.TryReadTraceId(ref json, out traceId);
            }
            else if (json.Is("spanId"u8))
            {
                JsonCommon.TryReadSpanId(ref json, out spanId);
            }
            else if (json.Is("flags"u8))
            {
                flags = json.ReadUInt32();
            }
            else if (json.Is("eventName"u8))
            {
                eventName = json.ReadSymbol(batch.Symbols);
            }
            else
            {
                json.Skip();
            }
        }

        if (!tally.Finish(json) || !tally.TakeRow())
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

    // SEVERITY_NUMBER_TRACE, …_TRACE2, …_TRACE4, then the next level.
    private static string[] SeverityNames()
    {
        string[] levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
        var names = levels.SelectMany(level => Enumerable.Range(1, 4).Select(step => $"SEVERITY_NUMBER_{level}{(step == 1 ? "" : step)}"));
        return ["SEVERITY_NUMBER_UNSPECIFIED", .. names];
    }
}
