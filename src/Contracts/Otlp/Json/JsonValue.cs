using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Json;

/// <summary>Reads an AnyValue object, <c>{"intValue":"5"}</c>: into an attribute row when it is a scalar, as JSON text when it is a list.</summary>
internal static class JsonValue
{
    public static bool AddAttribute(ref JsonCursor json, TelemetryBatch batch, int key, ref DecodeTally tally)
    {
        var attributes = batch.Attributes;
        bool added = false;
        for (bool inside = json.EnterObject(); inside && json.NextField();)
        {
            if (added || KindOf(json) is not { } kind)
            {
                json.Skip();
                continue;
            }

            added = true;
            switch (kind)
            {
                case Member.Text:
                    attributes.AddText(key, json.ReadText(batch.Text));
                    break;
                case Member.Bool:
                    attributes.AddBool(key, json.ReadBool());
                    break;
                case Member.Int:
                    if (json.ReadInteger(out long whole, out double real))
                    {
                        attributes.AddInt(key, whole);
                    }
                    else
                    {
                        attributes.AddDouble(key, real);
                    }

                    break;
                case Member.Double:
                    attributes.AddDouble(key, json.ReadDouble());
                    break;
                case Member.Bytes:
                    attributes.AddBytes(key, json.ReadBytes(batch.Text));
                    break;
                default:
                    int start = batch.Text.SizeBytes;
                    if (!AppendMember(ref json, kind, batch.Text, 0, ref tally))
                    {
                        return false;
                    }

                    attributes.AddJson(key, batch.Text.From(start));
                    break;
            }
        }

        if (!added)
        {
            attributes.AddEmpty(key);
        }

        return tally.Finish(json);
    }

    /// <summary>A log body: text as it is, bytes as base64 text, everything else as JSON.</summary>
    public static bool ReadBody(ref JsonCursor json, TextHeap heap, out TextRef body, out AttributeKind bodyKind, ref DecodeTally tally)
    {
        body = default;
        bodyKind = AttributeKind.Empty;
        for (bool inside = json.EnterObject(); inside && json.NextField();)
        {
            if (bodyKind != AttributeKind.Empty || KindOf(json) is not { } kind)
            {
                json.Skip();
                continue;
            }

            switch (kind)
            {
                case Member.Text:
                    bodyKind = AttributeKind.Text;
                    body = json.ReadText(heap);
                    break;
                case Member.Bytes:
                    bodyKind = AttributeKind.Text;
                    int before = heap.SizeBytes;
                    byte[] bytes = heap[json.ReadBytes(heap)].ToArray();
                    heap.Truncate(before);
                    body = Base64Text.Add(heap, bytes);
                    break;
                default:
                    bodyKind = AttributeKind.Json;
                    int start = heap.SizeBytes;
                    if (!AppendMember(ref json, kind, heap, 0, ref tally))
                    {
                        return false;
                    }

                    body = heap.From(start);
                    break;
            }
        }

        return tally.Finish(json);
    }

    private static Member? KindOf(in JsonCursor json) =>
        json.Is("stringValue"u8) ? Member.Text
        : json.Is("intValue"u8) ? Member.Int
        : json.Is("boolValue"u8) ? Member.Bool
        : json.Is("doubleValue"u8) ? Member.Double
        : json.Is("arrayValue"u8) ? Member.Array
        : json.Is("kvlistValue"u8) ? Member.KeyValueList
        : json.Is("bytesValue"u8) ? Member.Bytes
        : null;

    private static bool AppendMember(ref JsonCursor json, Member kind, TextHeap heap, int depth, ref DecodeTally tally)
    {
        switch (kind)
        {
            case Member.Text:
                json.AppendText(heap);
                break;
            case Member.Bool:
                JsonText.AppendBool(heap, json.ReadBool());
                break;
            case Member.Int:
                if (json.ReadInteger(out long whole, out double real))
                {
                    JsonText.AppendInt(heap, whole);
                }
                else
                {
                    JsonText.AppendDouble(heap, real);
                }

                break;
            case Member.Double:
                JsonText.AppendDouble(heap, json.ReadDouble());
                break;
            case Member.Bytes:
                AppendBytes(ref json, heap);
                break;
            default:
                return AppendList(ref json, kind, heap, depth + 1, ref tally);
        }

        return tally.Finish(json);
    }

    private static bool AppendValue(ref JsonCursor json, TextHeap heap, int depth, ref DecodeTally tally)
    {
        bool appended = false;
        for (bool inside = json.EnterObject(); inside && json.NextField();)
        {
            if (appended || KindOf(json) is not { } kind)
            {
                json.Skip();
                continue;
            }

            appended = true;
            if (!AppendMember(ref json, kind, heap, depth, ref tally))
            {
                return false;
            }
        }

        if (!appended)
        {
            JsonText.AppendNull(heap);
        }

        return tally.Finish(json);
    }

    // {"values":[…]} of either list kind.
    private static bool AppendList(ref JsonCursor json, Member kind, TextHeap heap, int depth, ref DecodeTally tally)
    {
        if (depth > tally.MaxValueDepth)
        {
            return tally.FailDepth();
        }

        bool isArray = kind == Member.Array;
        bool first = true;
        heap.Add(isArray ? "["u8 : "{"u8);
        for (bool inside = json.EnterObject(); inside && json.NextField();)
        {
            if (!json.Is("values"u8))
            {
                json.Skip();
                continue;
            }

            for (bool insideValues = json.EnterArray(); insideValues && json.NextElement();)
            {
                heap.Add(first ? ""u8 : ","u8);
                first = false;
                if (!tally.TakeRow() || !(isArray ? AppendValue(ref json, heap, depth, ref tally) : AppendPair(ref json, heap, depth, ref tally)))
                {
                    return false;
                }
            }
        }

        heap.Add(isArray ? "]"u8 : "}"u8);
        return tally.Finish(json);
    }

    private static bool AppendPair(ref JsonCursor json, TextHeap heap, int depth, ref DecodeTally tally)
    {
        JsonCursor key = default;
        JsonCursor value = default;
        bool hasKey = false;
        bool hasValue = false;
        for (bool inside = json.EnterObject(); inside && json.NextField();)
        {
            if (json.Is("key"u8))
            {
                key = json;
                hasKey = true;
            }
            else if (json.Is("value"u8))
            {
                value = json;
                hasValue = true;
            }

            json.Skip();
        }

        if (hasKey)
        {
            key.AppendText(heap);
        }
        else
        {
            JsonText.AppendText(heap, default);
        }

        heap.Add(":"u8);
        if (hasValue)
        {
            return tally.Finish(key) && AppendValue(ref value, heap, depth, ref tally) && tally.Finish(json);
        }

        JsonText.AppendNull(heap);
        return tally.Finish(key) && tally.Finish(json);
    }

    // Decoded and encoded again, so that both alphabets end up the same.
    private static void AppendBytes(ref JsonCursor json, TextHeap heap)
    {
        int start = heap.SizeBytes;
        byte[] bytes = heap[json.ReadBytes(heap)].ToArray();
        heap.Truncate(start);
        JsonText.AppendBase64(heap, bytes);
    }

    private enum Member
    {
        Text,
        Bool,
        Int,
        Double,
        Array,
        KeyValueList,
        Bytes,
    }
}
