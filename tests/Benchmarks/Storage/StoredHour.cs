using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage;
using MeshInsight.Storage.Inserts;
using MeshInsight.Storage.Records;

namespace MeshInsight.Benchmarks.Storage;

/// <summary>One hour of the shop in ClickHouse: one million spans, their traces, and the counters of every second.</summary>
internal static class StoredHour
{
    public const int Spans = 1_000_000;

    private const int BatchSpans = 50_000;

    public static readonly TimeSpan Length = TimeSpan.FromHours(1);

    /// <returns>The id of one trace of the last batch.</returns>
    public static async Task<string> FillAsync(TelemetryStore store, DateTimeOffset start)
    {
        var shop = new ShopTelemetry(7, start, Length);
        var spans = new SpanBatch();
        var scores = new SpanScores();
        string trace = "";
        for (int stored = 0; stored < Spans; stored += spans.Count)
        {
            var traces = shop.Fill(spans, scores, BatchSpans);
            await store.InsertSpansAsync(spans, scores);
            await store.InsertTracesAsync(traces);
            trace = traces[0].TraceId.ToString();
        }

        List<RedRow> red = [];
        List<EdgeRow> edges = [];
        for (int second = 0; second < Length.TotalSeconds; second++)
        {
            var (moreRed, moreEdges) = shop.Second(second);
            red.AddRange(moreRed);
            edges.AddRange(moreEdges);
            if (second % 60 == 59)
            {
                await store.InsertRedAsync(red);
                await store.InsertEdgesAsync(edges);
                red.Clear();
                edges.Clear();
            }
        }

        return trace;
    }
}
