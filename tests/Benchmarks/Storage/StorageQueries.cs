using MeshInsight.Benchmarks.Harness;
using MeshInsight.Storage;
using MeshInsight.Storage.Client;
using MeshInsight.Storage.Queries;
using MeshInsight.Storage.Schema;
using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Storage;

/// <summary>Every query a portal page waits for, on one million spans of the last hour with the counters of the same hour.</summary>
internal sealed class StorageQueries : IBenchmark
{
    private const int Repeats = 5;
    private const double LimitMillis = 1000;

    public string Name => nameof(StorageQueries);

    public string Summary => "the portal's queries on 1,000,000 spans; each must take less than a second";

    public IReadOnlyList<BenchmarkRow> Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<BenchmarkRow>> RunAsync()
    {
        await using var server = await ClickHouseProcess.StartAsync();
        using var client = new ClickHouseClient(ClickHouseOptions.Parse(server.Url.ToString()));
        await new Migrator(client, TimeProvider.System).ApplyAsync();
        var end = TimeProvider.System.GetUtcNow();
        string trace = await StoredHour.FillAsync(new(client, TimeProvider.System), end - StoredHour.Length);
        List<BenchmarkRow> rows = [];
        foreach (var (name, query) in Queries(new(client), new(end - StoredHour.Length, end), trace))
        {
            rows.Add(await MeasureAsync(name, query));
        }

        return rows;
    }

    private static IEnumerable<(string Name, Func<Task<int>> Query)> Queries(TelemetryQueries q, TimeWindow hour, string trace)
    {
        var quarter = new TimeWindow(hour.To.AddMinutes(-15), hour.To);
        var minutes = new TimeWindow(hour.To.AddMinutes(-5), hour.To);
        yield return ("overview: all services, 5 min by 5 s", async () => (await q.Red.SeriesAsync(new(), minutes, TimeSpan.FromSeconds(5), RedGrouping.Service)).Count);
        yield return ("overview: all services, 1 h by 1 min", async () => (await q.Red.SeriesAsync(new(), hour, TimeSpan.FromMinutes(1), RedGrouping.Service)).Count);
        yield return ("rollout: one service by version, 15 min by 10 s", async () => (await q.Red.SeriesAsync(new("checkout"), quarter, TimeSpan.FromSeconds(10), RedGrouping.Version)).Count);
        yield return ("topology: 5 min", async () => (await q.Topology.ViewAsync(minutes)).Edges.Count);
        yield return ("topology: 1 h", async () => (await q.Topology.ViewAsync(hour)).Edges.Count);
        yield return ("services: 1 h", async () => (await q.Red.ServicesAsync(hour)).Count);
        yield return ("traces: newest 50 of 1 h", async () => (await q.Traces.SearchAsync(new(hour))).Count);
        yield return ("traces: slowest of one operation", async () => (await q.Traces.SearchAsync(new(hour, "payment", "GET /api/resource1/{id}", Order: TraceOrder.Slowest))).Count);
        yield return ("traces: errors only", async () => (await q.Traces.SearchAsync(new(hour, ErrorsOnly: true))).Count);
        yield return ("traces: one attribute", async () => (await q.Traces.SearchAsync(new(hour, Attribute: "http.response.status_code=503"))).Count);
        yield return ("traces: text anywhere", async () => (await q.Traces.SearchAsync(new(hour, Attribute: "resource2/777"))).Count);
        yield return ("traces: text that most spans have", async () => (await q.Traces.SearchAsync(new(hour, "payment", Attribute: "GET"))).Count);
        yield return ("heatmap: text that most spans have", async () => (await q.Traces.HeatmapAsync(new(hour, "payment", Attribute: "GET"))).Count);
        yield return ("trace: by id, list", async () => (await q.Traces.SearchAsync(new(hour, TraceId: trace))).Count);
        yield return ("trace: its spans", async () => (await q.Traces.SpansAsync(trace)).Count);
        yield return ("heatmap: 1 h", async () => (await q.Traces.HeatmapAsync(new(hour))).Count);
        yield return ("sampling: by reason", async () => (await q.Sampling.ByReasonAsync(hour)).Count);
        yield return ("sampling: tables", async () => (await q.Sampling.TablesAsync()).Count);
    }

    private static async Task<BenchmarkRow> MeasureAsync(string name, Func<Task<int>> query)
    {
        int rows = await query();
        double[] millis = new double[Repeats];
        var cpu = Environment.CpuUsage.TotalTime;
        for (int i = 0; i < Repeats; i++)
        {
            long started = TimeProvider.System.GetTimestamp();
            await query();
            millis[i] = TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
        }

        Array.Sort(millis);
        return new(
            name,
            (Environment.CpuUsage.TotalTime - cpu).TotalSeconds,
            [new("median", millis[Repeats / 2], "ms"), new("worst", millis[^1], "ms"), new("rows", rows, ""), new("in time", millis[^1] < LimitMillis ? 1 : 0, "")]);
    }
}
