using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Json;

/// <summary>The members that points of every kind have. Exemplars are read at the end, because their attributes share the point's table.</summary>
internal ref struct JsonPoint(MetricBatch batch)
{
    private readonly int _firstAttribute = batch.Attributes.Count;
    private ulong _start;
    private ulong _time;
    private uint _flags;
    private JsonCursor _exemplars;
    private bool _hasExemplars;

    /// <summary>Takes the current member when it is one of these.</summary>
    /// <param name="read">False when the request is to be refused.</param>
    public bool TryTake(ref JsonCursor json, out bool read, ref DecodeTally tally)
    {
        read = true;
        if (json.Is("timeUnixNano"u8))
        {
            _time = json.ReadUInt64();
        }
        else if (json.Is("startTimeUnixNano"u8))
        {
            _start = json.ReadUInt64();
        }
        else if (json.Is("attributes"u8))
        {
            read = JsonCommon.ReadAttributes(ref json, batch, ref tally);
        }
        else if (json.Is("flags"u8))
        {
            _flags = json.ReadUInt32();
        }
        else if (json.Is("exemplars"u8))
        {
            _exemplars = json;
            _hasExemplars = true;
            json.Skip();
        }
        else
        {
            return false;
        }

        return true;
    }

    public bool Finish(int metric, out PointRow point, ref DecodeTally tally)
    {
        var attributes = batch.Attributes.From(_firstAttribute);
        int firstExemplar = batch.Exemplars.Count;
        bool read = !_hasExemplars || ReadExemplars(ref tally);
        point = new(
            metric,
            TimeRules.Time(_start),
            TimeRules.Time(_time),
            _flags,
            attributes,
            new(firstExemplar, batch.Exemplars.Count - firstExemplar));
        return read;
    }

    private bool ReadExemplars(ref DecodeTally tally)
    {
        ref var json = ref _exemplars;
        for (bool inside = json.EnterArray(); inside && json.NextElement();)
        {
            int first = batch.Attributes.Count;
            ulong time = 0;
            double value = 0;
            TraceId traceId = default;
            SpanId spanId = default;
            for (bool insideExemplar = json.EnterObject(); insideExemplar && json.NextField();)
            {
                if (json.Is("timeUnixNano"u8))
                {
                    time = json.ReadUInt64();
                }
                else if (json.Is("asDouble"u8))
                {
                    value = json.ReadDouble();
                }
                else if (json.Is("asInt"u8))
                {
                    value = json.ReadInt64();
                }
                else if (json.Is("traceId"u8))
                {
                    JsonCommon.TryReadTraceId(ref json, out traceId);
                }
                else if (json.Is("spanId"u8))
                {
                    JsonCommon.TryReadSpanId(ref json, out spanId);
                }
                else if (!json.Is("filteredAttributes"u8))
                {
                    json.Skip();
                }
                else if (!JsonCommon.ReadAttributes(ref json, batch, ref tally))
                {
                    return false;
                }
            }

            batch.Exemplars.Add(new(TimeRules.Time(time), value, traceId, spanId, batch.Attributes.From(first)));
            if (!tally.TakeRow())
            {
                return false;
            }
        }

        return tally.Finish(json);
    }
}
