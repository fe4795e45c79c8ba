using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Protobuf;

/// <summary>One Span into one row of each column.</summary>
internal readonly struct SpanReader(SpanBatch batch) : IRecordReader
{
    public TelemetryBatch Batch => batch;

    public bool Read(ProtoReader reader, int resource, int scope, ref DecodeTally tally)
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
        bool hasEvents = false;
        bool hasLinks = false;
        var again = reader;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case SpanFields.TraceId:
                    traceIdFits = ProtoCommon.TryReadTraceId(reader.ReadBytes(), out traceId);
                    break;
                case SpanFields.SpanId:
                    spanIdFits = ProtoCommon.TryReadSpanId(reader.ReadBytes(), out spanId);
                    break;
                case SpanFields.TraceState:
                    traceState = batch.Text.AddRepaired(reader.ReadBytes());
                    break;
                case SpanFields.ParentSpanId:
                    parentIdFits = ProtoCommon.TryReadSpanId(reader.ReadBytes(), out parentId);
                    break;
                case SpanFields.Name:
                    name = batch.Symbols.AddRepaired(reader.ReadBytes());
                    break;
                case SpanFields.Kind:
                    kind = reader.ReadVarint();
                    break;
                case SpanFields.StartTime:
                    start = reader.ReadFixed64();
                    break;
                case SpanFields.EndTime:
                    end = reader.ReadFixed64();
                    break;
                case SpanFields.Attributes:
                    if (!ProtoCommon.ReadAttribute(reader.ReadMessage(), batch, ref tally))
                    {
                        return false;
                    }

                    break;
                case SpanFields.Status:
                    if (!ReadStatus(reader.ReadMessage(), batch, out status, out statusMessage, ref tally))
                    {
                        return false;
                    }

                    break;
                case SpanFields.Flags:
                    flags = reader.ReadFixed32();
                    break;
                case SpanFields.Events:
                    hasEvents = true;
                    reader.Skip();
                    break;
                case SpanFields.Links:
                    hasLinks = true;
                    reader.Skip();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (!tally.Finish(reader, SpanFields.Names) || !tally.TakeRow())
        {
            return false;
        }

        // Attributes of a span, and of each event and link, are neighbours in one table: so these come after the span's own.
        var attributes = batch.Attributes.From(first);
        int firstEvent = batch.Events.Count;
        if (hasEvents && !ReadEvents(again, batch, ref tally))
        {
            return false;
        }

        int firstLink = batch.Links.Count;
        bool linksFit = true;
        if (hasLinks && !ReadLinks(again, batch, out linksFit, ref tally))
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

    private static bool ReadStatus(ProtoReader reader, SpanBatch batch, out SpanStatus status, out TextRef message, ref DecodeTally tally)
    {
        status = SpanStatus.Unset;
        message = default;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case StatusFields.Message:
                    message = batch.Text.AddRepaired(reader.ReadBytes());
                    break;
                case StatusFields.Code:
                    status = SpanRules.Status(reader.ReadVarint());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return tally.Finish(reader, StatusFields.Names);
    }

    private static bool ReadEvents(ProtoReader span, SpanBatch batch, ref DecodeTally tally)
    {
        while (span.Next())
        {
            if (span.Field != SpanFields.Events)
            {
                span.Skip();
            }
            else if (!ReadEvent(span.ReadMessage(), batch, ref tally))
            {
                return false;
            }
        }

        return true;
    }

    private static bool ReadEvent(ProtoReader reader, SpanBatch batch, ref DecodeTally tally)
    {
        int first = batch.Attributes.Count;
        ulong time = 0;
        int name = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case EventFields.Time:
                    time = reader.ReadFixed64();
                    break;
                case EventFields.Name:
                    name = batch.Symbols.AddRepaired(reader.ReadBytes());
                    break;
                case EventFields.Attributes:
                    if (!ProtoCommon.ReadAttribute(reader.ReadMessage(), batch, ref tally))
                    {
                        return false;
                    }

                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        batch.Events.Add(new(TimeRules.Time(time), name, batch.Attributes.From(first)));
        return tally.Finish(reader, EventFields.Names) && tally.TakeRow();
    }

    private static bool ReadLinks(ProtoReader span, SpanBatch batch, out bool allFit, ref DecodeTally tally)
    {
        allFit = true;
        while (span.Next())
        {
            if (span.Field != SpanFields.Links)
            {
                span.Skip();
                continue;
            }

            if (!ReadLink(span.ReadMessage(), batch, out bool fits, ref tally))
            {
                return false;
            }

            allFit &= fits;
        }

        return true;
    }

    private static bool ReadLink(ProtoReader reader, SpanBatch batch, out bool fits, ref DecodeTally tally)
    {
        int first = batch.Attributes.Count;
        TraceId traceId = default;
        SpanId spanId = default;
        TextRef traceState = default;
        fits = true;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case LinkFields.TraceId:
                    fits &= ProtoCommon.TryReadTraceId(reader.ReadBytes(), out traceId);
                    break;
                case LinkFields.SpanId:
                    fits &= ProtoCommon.TryReadSpanId(reader.ReadBytes(), out spanId);
                    break;
                case LinkFields.TraceState:
                    traceState = batch.Text.AddRepaired(reader.ReadBytes());
                    break;
                case LinkFields.Attributes:
                    if (!ProtoCommon.ReadAttribute(reader.ReadMessage(), batch, ref tally))
                    {
                        return false;
                    }

                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        batch.Links.Add(new(traceId, spanId, traceState, batch.Attributes.From(first)));
        return tally.Finish(reader, LinkFields.Names) && tally.TakeRow();
    }
}
