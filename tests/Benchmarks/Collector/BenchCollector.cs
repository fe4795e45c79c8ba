using System.Diagnostics;
using System.Globalization;
using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Collector;

/// <summary>The collector as a process with an engine of its own, nothing else.</summary>
internal sealed class BenchCollector : IAsyncDisposable
{
    /// <summary>Traces to keep a second: the least and the most that a collector can be told.</summary>
    public const double Nothing = 0.001;
    public const double Everything = 100_000;

    // A ClickHouse merges for a while after the last insert.
    private const double QuietCpuPerSecond = 0.1;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(0.5);

    private readonly TempDirectory _directory = new();
    private ClickHouseProcess _engine = null!;
    private ProgramProcess _collector = null!;
    private HttpClient _admin = null!;

    public Uri Grpc { get; private set; } = null!;

    public Uri Http { get; private set; } = null!;

    private string AllocatedFile => Path.Combine(_directory.Path, "allocated");

    /// <param name="tracesPerSecond">What is kept.</param>
    public static async Task<BenchCollector> StartAsync(double tracesPerSecond)
    {
        var started = new BenchCollector { _engine = await ClickHouseProcess.StartAsync() };
        started._collector = ProgramProcess.Start(
            Repository.ProgramPath("Collector"),
            new Dictionary<string, string>
            {
                ["MESH_OTLP_GRPC_PORT"] = "0",
                ["MESH_OTLP_HTTP_PORT"] = "0",
                ["MESH_ADMIN_PORT"] = "0",
                ["MESH_DATA_DIR"] = started._directory.Path,
                ["MESH_CLICKHOUSE_URL"] = started._engine.Url.ToString(),
                ["MESH_CONTROL_URL"] = "http://127.0.0.1:9",
                ["MESH_TRACES_PER_SECOND"] = tracesPerSecond.ToString(CultureInfo.InvariantCulture),
                ["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location,
                [StartupHook.FileVariable] = started.AllocatedFile,
            });
        started.Grpc = await started._collector.ListeningAsync("otlp-grpc");
        started.Http = await started._collector.ListeningAsync("otlp-http");
        started._admin = new HttpClient { BaseAddress = await started._collector.ListeningAsync("admin") };
        return started;
    }

    public async Task<CollectorUse> ReadAsync()
    {
        var (received, left, stored, refused) = await CountAsync();
        using var collector = Process.GetProcessById(_collector.Id);
        using var engine = Process.GetProcessById(_engine.ProcessId);
        return new(
            collector.TotalProcessorTime.TotalSeconds,
            engine.TotalProcessorTime.TotalSeconds,
            StartupHook.Read(AllocatedFile),
            received,
            left,
            stored,
            refused,
            collector.PeakWorkingSet64 / 1e6,
            engine.PeakWorkingSet64 / 1e6);
    }

    /// <summary>Waits until everything received has left the collector, dropped or stored, and the engine has come to rest.</summary>
    public async Task DrainAsync()
    {
        long started = TimeProvider.System.GetTimestamp();
        CollectorUse before, now = await ReadAsync();
        do
        {
            if (TimeProvider.System.GetElapsedTime(started) > s_patience)
            {
                throw new TimeoutException($"{now.Received - now.Left} spans were still in the collector, or the engine busy, {s_patience.TotalSeconds} s after the last was sent. Output:\n{_collector.Output}");
            }

            before = now;
            await Task.Delay(s_look);
            now = await ReadAsync();
        }
        while (now.Received > now.Left || now.Left > before.Left || now.EngineCpuSeconds - before.EngineCpuSeconds > QuietCpuPerSecond * s_look.TotalSeconds);
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await _collector.DisposeAsync();
        await _engine.DisposeAsync();
        _directory.Dispose();
    }

    private async Task<(long Received, long Left, long Stored, long Refused)> CountAsync()
    {
        string[] lines = (await _admin.GetStringAsync("/metrics")).Split('\n');
        long Sum(string series) => lines.Where(line => line.StartsWith(series, StringComparison.Ordinal)).Sum(line => long.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
        long stored = Sum("mesh_collector_inserted_rows_total{table=\"otel_traces\"}");
        long dropped = Sum("mesh_collector_spans_dropped_total ") + Sum("mesh_collector_late_spans_total{decision=\"dropped\"}");
        return (Sum("mesh_collector_received_total{signal=\"traces\"}"), dropped + stored, stored, Sum("mesh_collector_refused_requests_total"));
    }
}

/// <summary>What a collector and its engine have done and used since they started.</summary>
/// <param name="Received">Spans that were acknowledged.</param>
/// <param name="Left">Spans that have left the collector, dropped or stored.</param>
/// <param name="Refused">Requests.</param>
/// <param name="PeakMegabytes">Resident.</param>
internal sealed record CollectorUse(
    double CpuSeconds, double EngineCpuSeconds, long AllocatedBytes, long Received, long Left, long Stored, long Refused, double PeakMegabytes, double EnginePeakMegabytes);
