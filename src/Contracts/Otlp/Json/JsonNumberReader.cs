using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Json;

/// <summary>A point of a gauge or sum. Without a value (see its flags) it is zero.</summary>
internal static class JsonNumberReader
{
    public static bool Read(ref JsonCursor json, MetricBatch batch, int metric, ref DecodeTally tally)
    {
        var common = new JsonPoint(batch);
        bool isInt = false;
        long whole = 0;
        double real = 0;
        for (bool inside = json.EnterObject(); inside && json.NextField();)
        {
            if (json.Is("asDouble"u8))
            {
                (isInt, whole, real) = (false, 0, json.ReadDouble());
            }
            else if (json.Is("asInt"u8))
            {
                (isInt, whole, real) = (true, json.ReadInt64(), 0);
            }
            else if (!common.TryTake(ref json, out bool read, ref tally))
            {
                json.Skip();
            }
            else if (!read)
            {
                return false;
            }
        }

        if (!tally.Finish(json) || !common.Finish(metric, out var point, ref tally))
        {
            return false;
        }

        batch.Numbers.Add(new(point, isInt, whole, real));
        tally.Accepted++;
        return true;
    }
}
