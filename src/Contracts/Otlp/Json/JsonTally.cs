using MeshInsight.Contracts.Otlp.Decoding;

namespace MeshInsight.Contracts.Otlp.Json;

internal static class JsonTally
{
    /// <summary>True when all is well, else false with what went wrong as the failure.</summary>
    public static bool Finish(this ref DecodeTally tally, in JsonCursor json) => tally.Failure is null && (json.Fault is null || tally.Fail(json.Fault));
}
