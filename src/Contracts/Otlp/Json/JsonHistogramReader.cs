using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Json;

/// <summary>A point of a histogram with explicit bounds.</summary>
internal static class JsonHistogramReader
{
    public static bool Read(ref JsonCursor json, MetricBatch batch, int metric, ref DecodeTally tally)
    {
        var before = batch.Mark();
        var common = new JsonPoint(batch);
        ulong count = 0;
        double sum = double.NaN;
        double min = double.NaN;
        double max = double.NaN;
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
            else if (json.Is("min"u8))
            {
                min = json.ReadDouble();
            }
            else if (json.Is("max"u8))
            {
                max = json.ReadDouble();
            }
            else if (json.Is("bucketCounts"u8))
            {
                JsonNumberLists.ReadCounts(ref json, batch.Counts, ref tally);
            }
            else if (json.Is("explicitBounds"u8))
            {
                JsonNumberLists.ReadDoubles(ref json, batch.Doubles, ref tally);
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

        var buckets = new RowRange(before.Counts, batch.Counts.Count - before.Counts);
        var bounds = new RowRange(before.Doubles, batch.Doubles.Count - before.Doubles);
        if (!MetricRules.BucketsFit(buckets, bounds))
        {
            batch.Rollback(before);
            tally.Reject(RejectReason.BucketsDoNotMatchBounds);
            return true;
        }

        batch.Histograms.Add(new(point, count, sum, min, max, buckets, bounds));
        tally.Accepted++;
        return true;
    }
}
