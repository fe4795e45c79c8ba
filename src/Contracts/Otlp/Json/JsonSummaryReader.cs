using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Json;

/// <summary>A point of a summary, which old Prometheus clients send.</summary>
internal static class JsonSummaryReader
{
    public static bool Read(ref JsonCursor json, MetricBatch batch, int metric, ref DecodeTally tally)
    {
        var common = new JsonPoint(batch);
        int firstQuantile = batch.Doubles.Count;
        ulong count = 0;
        double sum = 0;
        for (bool inside = json.EnterObject(); inside && json.NextField();)
        {
            if (json.Is("count"u8))
            {
                count = json.ReadUInt64();
            }
            else if (json.Is("sum"u8))
            {
                sum = json.ReadDouble();
            }
            else if (json.Is("quantileValues"u8))
            {
                ReadQuantiles(ref json, batch, ref tally);
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

        batch.Summaries.Add(new(point, count, sum, new(firstQuantile, batch.Doubles.Count - firstQuantile)));
        tally.Accepted++;
        return true;
    }

    private static void ReadQuantiles(ref JsonCursor json, MetricBatch batch, ref DecodeTally tally)
    {
        for (bool inside = json.EnterArray(); inside && json.NextElement();)
        {
            double quantile = 0;
            double value = 0;
            for (bool insidePair = json.EnterObject(); insidePair && json.NextField();)
            {
                if (json.Is("quantile"u8))
                {
                    quantile = json.ReadDouble();
                }
                else if (json.Is("value"u8))
                {
                    value = json.ReadDouble();
                }
                else
                {
                    json.Skip();
                }
            }

            if (tally.TakeRow())
            {
                batch.Doubles.Add(quantile);
                batch.Doubles.Add(value);
            }
        }
    }
}
