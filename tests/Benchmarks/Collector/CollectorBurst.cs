using MeshInsight.Benchmarks.Collector.Load;
using MeshInsight.Benchmarks.Harness;

namespace MeshInsight.Benchmarks.Collector;

/// <summary>
/// Twenty times the usual load for a minute, more than can be stored: what is acknowledged must be stored all the same, the rest refused with the code that says
/// "come again", memory bounded, and the usual load afterwards acknowledged as before.
/// </summary>
internal sealed class CollectorBurst : IBenchmark
{
    private const double UsualSpansPerSecond = 10_000;
    private const double Factor = 20;
    // Less than the collector asks for: senders that wait would end the burst.
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan s_usual = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_burst = TimeSpan.FromSeconds(60);

    public string Name => "Burst";

    public string Summary => "twenty times the usual load for 60 s with everything stored: memory, refusals, spans acknowledged and lost";

    public IReadOnlyList<BenchmarkRow> Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<BenchmarkRow>> RunAsync() =>
        [await RunAsync("gRPC", isHttp: false, comeAgain: "grpc-status 14"), await RunAsync("HTTP", isHttp: true, comeAgain: "HTTP 503")];

    private static async Task<BenchmarkRow> RunAsync(string name, bool isHttp, string comeAgain)
    {
        await using var collector = await BenchCollector.StartAsync(BenchCollector.Everything);
        var options = new LoadOptions { Url = isHttp ? collector.Http : collector.Grpc, IsHttp = isHttp, SpansPerRequest = 500, Connections = 4, InFlight = 32, RefusedPause = s_pause };
        using var load = new OtlpLoad(options);
        var before = await load.RunAsync(s_usual, UsualSpansPerSecond);
        var calm = await collector.ReadAsync();
        var burst = await load.RunAsync(s_burst, UsualSpansPerSecond * Factor);
        var after = await load.RunAsync(s_usual, UsualSpansPerSecond);
        await collector.DrainAsync();
        var end = await collector.ReadAsync();
        double acknowledged = before.Acknowledged + burst.Acknowledged + after.Acknowledged;
        long refused = burst.Refusals.GetValueOrDefault(comeAgain);
        return new(
            name,
            end.CpuSeconds + end.EngineCpuSeconds - calm.CpuSeconds - calm.EngineCpuSeconds,
            [
                new("offered", burst.SpansPerSecond + (burst.Refused * load.SpansPerRequest / burst.Seconds), "spans/s"),
                new("acknowledged in the burst", burst.SpansPerSecond, "spans/s"),
                new("refused, come again", refused, "requests"),
                new("refused otherwise", burst.Refused - refused, "requests"),
                new("lost", acknowledged - end.Left, "spans"),
                new("p99 before", before.Percentile(0.99), "ms"),
                new("p99 in the burst", burst.Percentile(0.99), "ms"),
                new("p99 after", after.Percentile(0.99), "ms"),
                new("refused after", after.Refused, "requests"),
                new("collector before, peak", calm.PeakMegabytes, "MB"),
                new("collector, peak", end.PeakMegabytes, "MB"),
                new("engine, peak", end.EnginePeakMegabytes, "MB"),
            ]);
    }
}
