using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Protobuf;

/// <summary>Reads an AnyValue: into an attribute row when it is a scalar, as JSON text when it is a list.</summary>
internal static class ProtoValue
{
    public static bool AddAttribute(ProtoReader reader, TelemetryBatch batch, int key, ref DecodeTally tally)
    {
        if (!TryRead(reader, out var value, ref tally))
        {
            return false;
        }

        var attributes = batch.Attributes;
        switch (value.Kind)
        {
            case AnyValueFields.Text:
                attributes.AddText(key, batch.Text.AddRepaired(value.Bytes));
                return true;
            case AnyValueFields.Bool:
                attributes.AddBool(key, value.Bits != 0);
                return true;
            case AnyValueFields.Int:
                attributes.AddInt(key, (long)value.Bits);
                return true;
            case AnyValueFields.Double:
                attributes.AddDouble(key, BitConverter.UInt64BitsToDouble(value.Bits));
                return true;
            case AnyValueFields.Bytes:
                attributes.AddBytes(key, batch.Text.Add(value.Bytes));
                return true;
            case AnyValueFields.Array or AnyValueFields.KeyValueList:
                bool appended = TryAppendJson(value, batch.Text, out var json, ref tally);
                attributes.AddJson(key, json);
                return appended;
            default:
                attributes.AddEmpty(key);
                return true;
        }
    }

    /// <summary>A log body: text as it is, bytes as base64 text, everything else as JSON.</summary>
    public static bool ReadBody(ProtoReader reader, TextHeap heap, out TextRef body, out AttributeKind kind, ref DecodeTally tally)
    {
        body = default;
        kind = AttributeKind.Empty;
        if (!TryRead(reader, out var value, ref tally))
        {
            return false;
        }

        switch (value.Kind)
        {
            case 0:
                return true;
            case AnyValueFields.Text:
                kind = AttributeKind.Text;
                body = heap.AddRepaired(value.Bytes);
                return true;
            case AnyValueFields.Bytes:
                kind = AttributeKind.Text;
                body = Base64Text.Add(heap, value.Bytes);
                return true;
            default:
                kind = AttributeKind.Json;
                return TryAppendJson(value, heap, out body, ref tally);
        }
    }

    private static bool TryRead(ProtoReader reader, out Member value, ref DecodeTally tally)
    {
        value = default;
        while (reader.Next())
        {
            int kind = reader.Field;
            switch (kind)
            {
                case AnyValueFields.Text or AnyValueFields.Bytes:
                    value = new(kind) { Bytes = reader.ReadBytes() };
                    break;
                case AnyValueFields.Bool or AnyValueFields.Int:
                    value = new(kind) { Bits = reader.ReadVarint() };
                    break;
                case AnyValueFields.Double:
                    value = new(kind) { Bits = reader.ReadFixed64() };
                    break;
                case AnyValueFields.Array or AnyValueFields.KeyValueList:
                    value = new(kind) { List = reader.ReadMessage() };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return tally.Finish(reader, AnyValueFields.Names);
    }

    private static bool TryAppendJson(Member value, TextHeap heap, out TextRef json, ref DecodeTally tally)
    {
        int start = heap.SizeBytes;
        bool appended = AppendJson(value, heap, 0, ref tally);
        json = heap.From(start);
        return appended;
    }

    private static bool AppendJson(Member value, TextHeap heap, int depth, ref DecodeTally tally)
    {
        switch (value.Kind)
        {
            case AnyValueFields.Text:
                JsonText.AppendText(heap, value.Bytes);
                return true;
            case AnyValueFields.Bool:
                JsonText.AppendBool(heap, value.Bits != 0);
                return true;
            case AnyValueFields.Int:
                JsonText.AppendInt(heap, (long)value.Bits);
                return true;
            case AnyValueFields.Double:
                JsonText.AppendDouble(heap, BitConverter.UInt64BitsToDouble(value.Bits));
                return true;
            case AnyValueFields.Bytes:
                JsonText.AppendBase64(heap, value.Bytes);
                return true;
            case AnyValueFields.Array:
                return AppendArray(value.List, heap, depth + 1, ref tally);
            case AnyValueFields.KeyValueList:
                return AppendObject(value.List, heap, depth + 1, ref tally);
            default:
                JsonText.AppendNull(heap);
                return true;
        }
    }

    private static bool AppendArray(ProtoReader reader, TextHeap heap, int depth, ref DecodeTally tally)
    {
        if (depth > tally.MaxValueDepth)
        {
            return tally.FailDepth();
        }

        bool first = true;
        heap.Add("["u8);
        while (reader.Next())
        {
            if (reader.Field != AnyValueFields.Values)
            {
                reader.Skip();
                continue;
            }

            heap.Add(first ? ""u8 : ","u8);
            first = false;
            if (!tally.TakeRow() || !TryRead(reader.ReadMessage(), out var element, ref tally) || !AppendJson(element, heap, depth, ref tally))
            {
                return false;
            }
        }

        heap.Add("]"u8);
        return tally.Finish(reader, AnyValueFields.ArrayNames);
    }

    private static bool AppendObject(ProtoReader reader, TextHeap heap, int depth, ref DecodeTally tally)
    {
        if (depth > tally.MaxValueDepth)
        {
            return tally.FailDepth();
        }

        bool first = true;
        heap.Add("{"u8);
        while (reader.Next())
        {
            if (reader.Field != AnyValueFields.Values)
            {
                reader.Skip();
                continue;
            }

            heap.Add(first ? ""u8 : ","u8);
            first = false;
            if (!tally.TakeRow() || !AppendMember(reader.ReadMessage(), heap, depth, ref tally))
            {
                return false;
            }
        }

        heap.Add("}"u8);
        return tally.Finish(reader, AnyValueFields.KeyValueListNames);
    }

    private static bool AppendMember(ProtoReader reader, TextHeap heap, int depth, ref DecodeTally tally)
    {
        ReadOnlySpan<byte> key = default;
        ProtoReader value = default;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case KeyValueFields.Key:
                    key = reader.ReadBytes();
                    break;
                case KeyValueFields.Value:
                    value = reader.ReadMessage();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        JsonText.AppendText(heap, key);
        heap.Add(":"u8);
        return tally.Finish(reader, KeyValueFields.Names) && TryRead(value, out var element, ref tally) && AppendJson(element, heap, depth, ref tally);
    }

    /// <summary>The last member set of an AnyValue, unread below: <see cref="Kind"/> is its field number, 0 when none is set.</summary>
    private ref struct Member(int kind)
    {
        public int Kind { get; } = kind;

        public ReadOnlySpan<byte> Bytes { get; init; }

        public ProtoReader List { get; init; }

        public ulong Bits { get; init; }
    }
}
