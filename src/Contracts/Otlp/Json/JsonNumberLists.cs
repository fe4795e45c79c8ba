using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Json;

/// <summary>Arrays of numbers. What goes wrong is in the cursor or the tally, which the caller asks at its end.</summary>
internal static class JsonNumberLists
{
    public static void ReadCounts(ref JsonCursor json, Column<ulong> into, ref DecodeTally tally)
    {
        for (bool inside = json.EnterArray(); inside && json.NextElement();)
        {
            if (tally.TakeRow())
            {
                into.Add(json.ReadUInt64());
            }
        }
    }

    public static void ReadDoubles(ref JsonCursor json, Column<double> into, ref DecodeTally tally)
    {
        for (bool inside = json.EnterArray(); inside && json.NextElement();)
        {
            if (tally.TakeRow())
            {
                into.Add(json.ReadDouble());
            }
        }
    }
}
