using MeshInsight.Benchmarks.Collector.Load;
using MeshInsight.Benchmarks.Harness;

namespace MeshInsight.Benchmarks.Collector;

/// <summary>
/// The collector as a process under the project's own load: what a span costs until its trace is dropped after counting, and until it is stored, the engine's CPU
/// included; counted until everything acknowledged has gone through and the engine is quiet.
/// </summary>
internal sealed class CollectorLoad : IBenchmark
{
    // Tiered compilation is done by then.
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_measured = TimeSpan.FromSeconds(10);

    public string Name => "Collector";

    public string Summary => "spans per CPU second of the running collector under OTLP load, nothing stored and everything stored, and how fast it acknowledges";

    public IReadOnlyList<BenchmarkRow> Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<BenchmarkRow>> RunAsync() =>
    [
        await RunAsync("nothing stored, gRPC, 100 spans a request", isHttp: false, 100, BenchCollector.Nothing),
        await RunAsync("nothing stored, gRPC, 1,000 spans", isHttp: false, 1000, BenchCollector.Nothing),
        await RunAsync("nothing stored, HTTP, 1,000 spans", isHttp: true, 1000, BenchCollector.Nothing),
        await RunAsync("all stored in the engine, gRPC, 1,000 spans", isHttp: false, 1000, BenchCollector.Everything),
        Reference("OpenTelemetry Collector 0.152, otlp, batch, nop, 100 spans", 378_000),
        Reference("OpenTelemetry Collector 0.152, otlp, batch, nop, 1,000 spans", 436_000),
        Reference("Tempo 2.10, all stored", 55_000),
    ];

    private static async Task<BenchmarkRow> RunAsync(string name, bool isHttp, int spans, double tracesPerSecond)
    {
        await using var collector = await BenchCollector.StartAsync(tracesPerSecond);
        using var load = new OtlpLoad(new() { Url = isHttp ? collector.Http : collector.Grpc, IsHttp = isHttp, SpansPerRequest = spans });
        await load.RunAsync(s_warmUp);
        await collector.DrainAsync();
        var before = await collector.ReadAsync();
        var full = await load.RunAsync(s_measured);
        await collector.DrainAsync();
        var after = await collector.ReadAsync();
        var half = await load.RunAsync(s_measured, full.SpansPerSecond / 2);
        double acknowledged = full.Acknowledged;
        double own = after.CpuSeconds - before.CpuSeconds;
        double engine = after.EngineCpuSeconds - before.EngineCpuSeconds;
        double counted = tracesPerSecond == BenchCollector.Everything ? own + engine : own;
        return new(
            name,
            counted,
            [
                new("per CPU second", acknowledged / counted, "spans"),
                new("collector", own * 1e6 / acknowledged, "µs/span"),
                new("engine", engine * 1e6 / acknowledged, "µs/span"),
                new("acknowledged", full.SpansPerSecond, "spans/s"),
                new("stored", 100.0 * (after.Stored - before.Stored) / acknowledged, "%"),
                new("lost", acknowledged - (after.Left - before.Left), "spans"),
                new("refused", full.Refused, "requests"),
                new("half load p50", half.Percentile(0.5), "ms"),
                new("p99", half.Percentile(0.99), "ms"),
                new("refused at half load", half.Refused, "requests"),
                new("collector, peak", after.PeakMegabytes, "MB"),
                new("engine, peak", after.EnginePeakMegabytes, "MB"),
                new("allocated", (after.AllocatedBytes - before.AllocatedBytes) / acknowledged, "B/span"),
                new("generator", full.OwnCpuSeconds * 1e6 / acknowledged, "µs/span"),
                new("request", (double)load.RequestBytes / load.SpansPerRequest, "B/span"),
            ]);
    }

    // Measured on two cores like those of docs/benchmarks.md with requests of the same size; the program itself is not part of this run.
    private static BenchmarkRow Reference(string name, double spansPerCpuSecond) => new("not run, figure of reference: " + name, double.NaN, [new("per CPU second", spansPerCpuSecond, "spans")]);
}
