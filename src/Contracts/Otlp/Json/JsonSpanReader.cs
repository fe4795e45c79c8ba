using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Json;

/// <summary>One span object into one row of each column.</summary>
internal readonly struct JsonSpanReader(SpanBatch batch) : IJsonRecordReader
{
    private static readonly string[] Kinds =
        ["SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER"];

    private static readonly string[] StatusCodes = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

    public TelemetryBatch Batch => batch;

    public ReadOnlySpan<byte> GroupsName => "resourceSpans"u8;

    public ReadOnlySpan<byte> ScopeGroupsName => "scopeSpans"u8;

    public ReadOnlySpan<byte> RecordsName => "spans"u8;

    public bool Read(ref JsonCursor json, int resource, int scope, ref DecodeTally tally)
    {
        var before = batch.Mark();
        int first = batch.Attributes.Count;
        TraceId traceId = default;
        SpanId spanId = default;
        SpanId parentId = default;
        bool traceIdFits = true;
        bool spanIdFits = true;
        bool parentIdFits = true;
        ulong start = 0;
        ulong end = 0;
        int name = 0;
        ulong kind = 0;
        uint flags = 0;
        SpanStatus status = default;
        TextRef statusMessage = default;
        TextRef traceState = default;
        JsonCursor events = default;
        JsonCursor links = default;
        bool hasEvents = false;
        bool hasLinks = false;
        for (bool inside = json.EnterObject(); inside && json.NextField();)
        {
            if (json.Is("attributes"u8))
            {
                if (!JsonCommon.ReadAttributes(ref json, batch, ref tally))
                {
                    return false;
                }
            }
            else if (json.Is("traceId"u8))
            {
                traceIdFits = JsonCommon.TryReadTraceId(ref json, out traceId);
            }
            else if (json.Is("spanId"u8))
            {
                spanIdFits = JsonCommon.TryReadSpanId(ref json, out spanId);
            }
            else if (json.Is("parentSpanId"u8))
            {
                parentIdFits = JsonCommon.TryReadSpanId(ref json, out parentId);
            }
            else if (json.Is("name"u8))
            {
                name = json.ReadSymbol(batch.Symbols);
            }
            else if (json.Is("kind"u8))
            {
                kind = json.ReadEnum(Kinds);
            }
            else if (json.Is("startTimeUnixNano"u8))
            {
                start = json.ReadUInt64();
            }
            else if (json.Is("endTimeUnixNano"u8))
            {
                end = json.ReadUInt64();
            }
            else if (json.Is("status"u8))
            {
                ReadStatus(ref json, batch, out status, out statusMessage);
            }
            else if (json.Is("traceState"u8))
            {
                traceState = json.ReadText(batch.Text);
            }
            else if (json.Is("flags"u8))
            {
                flags = json.ReadUInt32();
            }
            else if (json.Is("events"u8))
            {
                events = json;
                hasEvents = true;
                json.Skip();
            }
            else if (json.Is("links"u8))
            {
                links = json;
                hasLinks = true;
                json.Skip();
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

        // Attributes of a span, and of each event and link, are neighbours in one table: so these come after the span's own.
        var attributes = batch.Attributes.From(first);
        int firstEvent = batch.Events.Count;
        int firstLink = batch.Links.Count;
        bool linksFit = true;
        if ((hasEvents && !ReadEvents(ref events, ref tally)) || (hasLinks && !ReadLinks(ref links, ref linksFit, ref tally)))
        {
            return false;
        }

        var problem = SpanRules.Check(traceId, traceIdFits, spanId, spanIdFits, parentIdFits, linksFit);
        if (problem != RejectReason.None)
        {
            batch.Rollback(before);
            tally.Reject(problem);
            return true;
        }

        batch.Add(
            traceId,
            spanId,
            parentId,
            TimeRules.Time(start),
            SpanRules.Duration(start, end),
            name,
            SpanRules.Kind(kind),
            status,
            statusMessage,
            traceState,
            flags,
            resource,
            scope,
            attributes,
            new(firstEvent, batch.Events.Count - firstEvent),
            new(firstLink, batch.Links.Count - firstLink));
        tally.Accepted++;
        return true;
    }

    private static void ReadStatus(ref JsonCursor json, SpanBatch batch, out SpanStatus status, out TextRef message)
    {
        status = SpanStatus.Unset;
        message = default;
        for (bool inside = json.EnterObject(); inside && json.NextField();)
        {
            if (json.Is("code"u8))
            {
                status = SpanRules.Status(json.ReadEnum(StatusCodes));
            }
            else if (json.Is("message"u8))
            {
                message = json.ReadText(batch.Text);
            }
            else
            {
                json.Skip();
            }
        }
    }

    private bool ReadEvents(ref JsonCursor json, ref DecodeTally tally)
    {
        for (bool inside = json.EnterArray(); inside && json.NextElement();)
        {
            int first = batch.Attributes.Count;
            ulong time = 0;
            int name = 0;
            for (bool insideEvent = json.EnterObject(); insideEvent && json.NextField();)
            {
                if (json.Is("timeUnixNano"u8))
                {
                    time = json.ReadUInt64();
                }
                else if (json.Is("name"u8))
                {
                    name = json.ReadSymbol(batch.Symbols);
                }
                else if (!json.Is("attributes"u8))
                {
                    json.Skip();
                }
                else if (!JsonCommon.ReadAttributes(ref json, batch, ref tally))
                {
                    return false;
                }
            }

            batch.Events.Add(new(TimeRules.Time(time), name, batch.Attributes.From(first)));
            if (!tally.TakeRow())
            {
                return false;
            }
        }

        return tally.Finish(json);
    }

    private bool ReadLinks(ref JsonCursor json, ref bool allFit, ref DecodeTally tally)
    {
        for (bool inside = json.EnterArray(); inside && json.NextElement();)
        {
            int first = batch.Attributes.Count;
            TraceId traceId = default;
            SpanId spanId = default;
            TextRef traceState = default;
            for (bool insideLink = json.EnterObject(); insideLink && json.NextField();)
            {
                if (json.Is("traceId"u8))
                {
                    allFit &= JsonCommon.TryReadTraceId(ref json, out traceId);
                }
                else if (json.Is("spanId"u8))
                {
                    allFit &= JsonCommon.TryReadSpanId(ref json, out spanId);
                }
                else if (json.Is("traceState"u8))
                {
                    traceState = json.ReadText(batch.Text);
                }
                else if (!json.Is("attributes"u8))
                {
                    json.Skip();
                }
                else if (!JsonCommon.ReadAttributes(ref json, batch, ref tally))
                {
                    return false;
                }
            }

            batch.Links.Add(new(traceId, spanId, traceState, batch.Attributes.From(first)));
            if (!tally.TakeRow())
            {
                return false;
            }
        }

        return tally.Finish(json);
    }
}
