using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using MeshInsight.Benchmarks.Harness;
using MeshInsight.Grpc.Client;
using MeshInsight.Grpc.Failures;
using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Collector;

/// <summary>The collector as a process, fed over loopback gRPC: what a span costs when its trace is dropped after counting, and when it is kept and stored.</summary>
internal sealed class CollectorSpans : IBenchmark
{
    private const int TracesPerRequest = 100;
    private const string Method = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan s_measured = TimeSpan.FromSeconds(10);

    public string Name => nameof(CollectorSpans);

    public string Summary => "CPU per span of the running collector: received, counted, assembled, then dropped or stored";

    public IReadOnlyList<BenchmarkRow> Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<BenchmarkRow>> RunAsync() =>
        [await RunAsync("counted and dropped", failed: false), await RunAsync("counted, kept and stored", failed: true)];

    private static async Task<BenchmarkRow> RunAsync(string name, bool failed)
    {
        using var directory = new TempDirectory();
        await using var clickHouse = await ClickHouseProcess.StartAsync();
        await using var collector = ProgramProcess.Start(
            Repository.ProgramPath("Collector"),
            new Dictionary<string, string>
            {
                ["MESH_OTLP_GRPC_PORT"] = "0",
                ["MESH_OTLP_HTTP_PORT"] = "0",
                ["MESH_ADMIN_PORT"] = "0",
                ["MESH_DATA_DIR"] = directory.Path,
                ["MESH_CLICKHOUSE_URL"] = clickHouse.Url.ToString(),
                ["MESH_CONTROL_URL"] = "http://127.0.0.1:9",
                ["MESH_TRACES_PER_SECOND"] = "1",
            });
        using var channel = new GrpcChannel(await collector.ListeningAsync("otlp-grpc"));
        using var admin = new HttpClient { BaseAddress = await collector.ListeningAsync("admin") };
        using var process = Process.GetProcessById(collector.Id);
        await SendAsync(channel, s_warmUp, failed);
        var before = process.TotalProcessorTime;
        long through = await CountThroughAsync(admin);
        long started = TimeProvider.System.GetTimestamp();
        await SendAsync(channel, s_measured, failed);
        long spans = await CountThroughAsync(admin) - through;
        double wall = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        process.Refresh();
        double cpu = (process.TotalProcessorTime - before).TotalSeconds;
        double resident = process.WorkingSet64 / 1e6;
        return new(
            name,
            cpu,
            [
                new("CPU per span", cpu * 1e6 / spans, "µs"),
                new("per CPU second", spans / cpu, "spans"),
                new("throughput", spans / wall, "spans/s"),
                new("resident", resident, "MB"),
            ]);
    }

    /// <summary>Spans that have left the collector, one way or the other: what was sent may still be on its way through.</summary>
    private static async Task<long> CountThroughAsync(HttpClient admin)
    {
        string text = await admin.GetStringAsync("/metrics");
        return text.Split('\n')
            .Where(line => line.StartsWith("mesh_collector_spans_dropped_total ", StringComparison.Ordinal)
                || line.StartsWith("mesh_collector_inserted_rows_total{table=\"otel_traces\"}", StringComparison.Ordinal))
            .Sum(line => long.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    private static async Task SendAsync(GrpcChannel channel, TimeSpan time, bool failed)
    {
        var traces = new ShopTraces(new Random(1));
        long started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < time)
        {
            var request = traces.Next(TracesPerRequest, TimeProvider.System.GetUtcNow(), failed);
            try
            {
                await channel.UnaryRawAsync(Method, new ReadOnlySequence<byte>(request), static _ => 0);
            }
            catch (GrpcException full) when (full.RetryAfter is { } delay)
            {
                await Task.Delay(delay);
            }
        }
    }
}
