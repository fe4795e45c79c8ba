using System.Buffers;
using System.Text.Json;
using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;

namespace MeshInsight.Contracts.Otlp.Protobuf;

/// <summary>Writes JSON text as the AnyValue it was rendered from: arrays and lists, with what is in them.</summary>
internal static class JsonValueWriter
{
    // As deep as the deepest value that OtlpLimits lets in.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 64 };

    /// <summary>Writes the members of one AnyValue, inside its message. Text that is no JSON is written as a string, so nothing is lost.</summary>
    public static void Write(ref ProtoWriter writer, ReadOnlySpan<byte> json)
    {
        if (!IsJson(json))
        {
            writer.WriteBytesAlways(AnyValueFields.Text, json);
            return;
        }

        var reader = new Utf8JsonReader(json, Options);
        reader.Read();
        WriteMember(ref writer, ref reader);
    }

    // Parsed once before anything is written, because a fault halfway would leave half a message behind. Only our own callers can cause one: the
    // decoders write JSON that parses.
    private static bool IsJson(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, Options);
            return reader.Read() && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void WriteMember(ref ProtoWriter writer, ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                WriteText(ref writer, AnyValueFields.Text, ref reader);
                break;
            case JsonTokenType.True or JsonTokenType.False:
                writer.WriteVarintAlways(AnyValueFields.Bool, reader.GetBoolean() ? 1u : 0);
                break;
            case JsonTokenType.Number when reader.TryGetInt64(out long whole):
                writer.WriteVarintAlways(AnyValueFields.Int, (ulong)whole);
                break;
            case JsonTokenType.Number:
                writer.WriteDoubleAlways(AnyValueFields.Double, reader.GetDouble());
                break;
            case JsonTokenType.StartArray:
                WriteArray(ref writer, ref reader);
                break;
            case JsonTokenType.StartObject:
                WriteObject(ref writer, ref reader);
                break;
            default:
                break;
        }
    }

    private static void WriteArray(ref ProtoWriter writer, ref Utf8JsonReader reader)
    {
        int array = writer.Begin(AnyValueFields.Array);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            int element = writer.Begin(AnyValueFields.Values);
            WriteMember(ref writer, ref reader);
            writer.End(element);
        }

        writer.End(array);
    }

    private static void WriteObject(ref ProtoWriter writer, ref Utf8JsonReader reader)
    {
        int list = writer.Begin(AnyValueFields.KeyValueList);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int pair = writer.Begin(AnyValueFields.Values);
            WriteText(ref writer, KeyValueFields.Key, ref reader);
            reader.Read();
            int value = writer.Begin(KeyValueFields.Value);
            WriteMember(ref writer, ref reader);
            writer.End(value);
            writer.End(pair);
        }

        writer.End(list);
    }

    private static void WriteText(ref ProtoWriter writer, int field, ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            writer.WriteBytesAlways(field, reader.ValueSpan);
            return;
        }

        byte[] unescaped = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            writer.WriteBytesAlways(field, unescaped.AsSpan(0, JsonEscapes.Unescape(reader.ValueSpan, unescaped)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(unescaped);
        }
    }
}
