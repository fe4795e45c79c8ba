using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Json;

/// <summary>A point of a base-2 exponential histogram.</summary>
internal static class JsonExponentialReader
{
    public static bool Read(ref JsonCursor json, MetricBatch batch, int metric, ref DecodeTally tally)
    {
        var common = new JsonPoint(batch);
        var point = new ExponentialHistogramPoint { Sum = double.NaN, Min = double.NaN, Max = double.NaN };
        for (bool inside = json.EnterObject(); inside && json.NextField();)
        {
            if (json.Is("count"u8))
            {
                point = point with { Count = json.ReadUInt64() };
            }
            else if (json.Is("sum"u8))
            {
                point = point with { Sum = json.ReadDouble() };
            }
            else if (json.Is("min"u8))
            {
                point = point with { Min = json.ReadDouble() };
            }
            else if (json.Is("max"u8))
            {
                point = point with { Max = json.ReadDouble() };
            }
            else if (json.Is("scale"u8))
            {
                point = point with { Scale = json.ReadInt32() };
            }
            else if (json.Is("zeroCount"u8))
            {
                point = point with { ZeroCount = json.ReadUInt64() };
            }
            else if (json.Is("zeroThreshold"u8))
            {
                point = point with { ZeroThreshold = json.ReadDouble() };
            }
            else if (json.Is("positive"u8))
            {
                var rows = ReadBuckets(ref json, batch, out int offset, ref tally);
                point = point with { PositiveOffset = offset, PositiveBuckets = rows };
            }
            else if (json.Is("negative"u8))
            {
                var rows = ReadBuckets(ref json, batch, out int offset, ref tally);
                point = point with { NegativeOffset = offset, NegativeBuckets = rows };
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

        if (!tally.Finish(json) || !common.Finish(metric, out var row, ref tally))
        {
            return false;
        }

        batch.ExponentialHistograms.Add(point with { Point = row });
        tally.Accepted++;
        return true;
    }

    private static RowRange ReadBuckets(ref JsonCursor json, MetricBatch batch, out int offset, ref DecodeTally tally)
    {
        int first = batch.Counts.Count;
        offset = 0;
        for (bool inside = json.EnterObject(); inside && json.NextField();)
        {
            if (json.Is("offset"u8))
            {
                offset = json.ReadInt32();
            }
            else if (json.Is("bucketCounts"u8))
            {
                JsonNumberLists.ReadCounts(ref json, batch.Counts, ref tally);
            }
            else
            {
                json.Skip();
            }
        }

        return new(first, batch.Counts.Count - first);
    }
}
