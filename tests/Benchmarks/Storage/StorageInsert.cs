using System.Diagnostics;
using MeshInsight.Benchmarks.Harness;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage;
using MeshInsight.Storage.Client;
using MeshInsight.Storage.Inserts;
using MeshInsight.Storage.Schema;
using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Storage;

/// <summary>Spans from a batch to the engine's disk, by batch size; and what making the Native block alone costs.</summary>
internal sealed class StorageInsert : IBenchmark
{
    private const int Total = 200_000;

    public string Name => nameof(StorageInsert);

    public string Summary => "spans inserted per second over HTTP, and CPU per span of client and engine, by batch size";

    public IReadOnlyList<BenchmarkRow> Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<BenchmarkRow>> RunAsync()
    {
        await using var server = await ClickHouseProcess.StartAsync();
        using var client = new ClickHouseClient(ClickHouseOptions.Parse(server.Url.ToString()));
        await new Migrator(client, TimeProvider.System).ApplyAsync();
        var store = new TelemetryStore(client, TimeProvider.System);
        using var engine = Process.GetProcessById(server.ProcessId);
        List<BenchmarkRow> rows = [EncodeOnly()];
        foreach (int size in new[] { 1_000, 10_000, 20_000, 100_000 })
        {
            rows.Add(await MeasureAsync(store, engine, size));
        }

        return rows;
    }

    private static BenchmarkRow EncodeOnly()
    {
        var (spans, scores) = Batch(20_000);
        var cost = CpuMeasurement.Of(() => TelemetryStore.Spans(spans, scores).WriteAsync(Stream.Null, default).GetAwaiter().GetResult());
        double done = (double)cost.Runs * spans.Count;
        return new("block of 20,000, not sent", cost.CpuSeconds, [new("per CPU second", done / cost.CpuSeconds, "spans"), new("client CPU", cost.CpuSeconds / done * 1e6, "µs/span"), new("allocated", cost.AllocatedBytes / done, "B/span")]);
    }

    private static async Task<BenchmarkRow> MeasureAsync(TelemetryStore store, Process engine, int size)
    {
        var (spans, scores) = Batch(size);
        await store.InsertSpansAsync(spans, scores);
        int repeats = Math.Max(1, Math.Min(Total, size * 40) / size);
        engine.Refresh();
        var engineBefore = engine.TotalProcessorTime;
        var clientBefore = Environment.CpuUsage.TotalTime;
        long started = TimeProvider.System.GetTimestamp();
        for (int i = 0; i < repeats; i++)
        {
            await store.InsertSpansAsync(spans, scores);
        }

        double wall = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        double clientCpu = (Environment.CpuUsage.TotalTime - clientBefore).TotalSeconds;
        engine.Refresh();
        double engineCpu = (engine.TotalProcessorTime - engineBefore).TotalSeconds;
        double done = (double)repeats * spans.Count;
        return new(
            $"batches of {size:N0}",
            clientCpu,
            [new("stored", done / wall, "spans/s"), new("client CPU", clientCpu / done * 1e6, "µs/span"), new("engine CPU", engineCpu / done * 1e6, "µs/span")]);
    }

    private static (SpanBatch Spans, SpanScores Scores) Batch(int size)
    {
        var spans = new SpanBatch();
        var scores = new SpanScores();
        new ShopTelemetry(1, TimeProvider.System.GetUtcNow().AddMinutes(-15), TimeSpan.FromMinutes(15)).Fill(spans, scores, size);
        return (spans, scores);
    }
}
