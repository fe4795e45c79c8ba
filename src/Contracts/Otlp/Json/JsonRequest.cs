using System.Text.Json;
using MeshInsight.Contracts.Otlp.Decoding;

namespace MeshInsight.Contracts.Otlp.Json;

/// <summary>One JSON request from its first byte to its last.</summary>
internal static class JsonRequest
{
    // Levels of JSON around an attribute value, and per level of nesting inside one (AnyValue, kvlistValue, values, KeyValue).
    private const int OuterDepth = 16;
    private const int DepthPerLevel = 4;

    public static bool Read<TRecords>(ReadOnlySpan<byte> request, TRecords records, ref DecodeTally tally)
        where TRecords : struct, IJsonRecordReader
    {
        try
        {
            // One level more than a value may have, so that a value that is too deep is refused for that and not as malformed.
            var json = new JsonCursor(request, OuterDepth + (DepthPerLevel * (tally.MaxValueDepth + 1)));
            return JsonGroupReader.Read(ref json, records, ref tally);
        }
        catch (JsonException fault)
        {
            // The only exception a request can cause: Utf8JsonReader has no other way to say it.
            return tally.Fail($"Malformed JSON: {fault.Message}");
        }
    }
}
