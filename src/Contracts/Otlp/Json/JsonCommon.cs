using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Json;

/// <summary>What the JSON readers of all signals share: resource, scope, attributes, ids.</summary>
internal static class JsonCommon
{
    public static bool ReadResource(ref JsonCursor json, TelemetryBatch batch, int row, ref DecodeTally tally)
    {
        int first = batch.Attributes.Count;
        for (bool inside = json.EnterObject(); inside && json.NextField();)
        {
            if (!json.Is("attributes"u8))
            {
                json.Skip();
            }
            else if (!ReadAttributes(ref json, batch, ref tally))
            {
                return false;
            }
        }

        batch.SetResource(row, first);
        return tally.Finish(json);
    }

    public static bool ReadScope(ref JsonCursor json, TelemetryBatch batch, int row, ref DecodeTally tally)
    {
        int first = batch.Attributes.Count;
        int name = 0;
        int version = 0;
        for (bool inside = json.EnterObject(); inside && json.NextField();)
        {
            if (json.Is("name"u8))
            {
                name = json.ReadSymbol(batch.Symbols);
            }
            else if (json.Is("version"u8))
            {
                version = json.ReadSymbol(batch.Symbols);
            }
            else if (!json.Is("attributes"u8))
            {
                json.Skip();
            }
            else if (!ReadAttributes(ref json, batch, ref tally))
            {
                return false;
            }
        }

        batch.Scopes[row] = new(name, version, batch.Attributes.From(first), batch.Scopes[row].SchemaUrl);
        return tally.Finish(json);
    }

    /// <summary>An array of key-value pairs; each becomes one row. A missing value is an empty one.</summary>
    public static bool ReadAttributes(ref JsonCursor json, TelemetryBatch batch, ref DecodeTally tally)
    {
        for (bool inside = json.EnterArray(); inside && json.NextElement();)
        {
            if (!ReadAttribute(ref json, batch, ref tally))
            {
                return false;
            }
        }

        return tally.Finish(json);
    }

    /// <returns>False when the digits are neither none nor an id; absent and all zero both give none.</returns>
    public static bool TryReadTraceId(ref JsonCursor json, out TraceId id)
    {
        var hex = json.ReadHex();
        return TraceId.TryParse(hex, out id) || hex.IsEmpty;
    }

    /// <inheritdoc cref="TryReadTraceId"/>
    public static bool TryReadSpanId(ref JsonCursor json, out SpanId id)
    {
        var hex = json.ReadHex();
        return SpanId.TryParse(hex, out id) || hex.IsEmpty;
    }

    private static bool ReadAttribute(ref JsonCursor json, TelemetryBatch batch, ref DecodeTally tally)
    {
        int key = 0;
        bool hasValue = false;
        JsonCursor value = default;
        for (bool inside = json.EnterObject(); inside && json.NextField();)
        {
            if (json.Is("key"u8))
            {
                key = json.ReadSymbol(batch.Symbols);
            }
            else if (json.Is("value"u8))
            {
                value = json;
                hasValue = true;
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

        if (!hasValue)
        {
            batch.Attributes.AddEmpty(key);
            return true;
        }

        return JsonValue.AddAttribute(ref value, batch, key, ref tally);
    }
}
