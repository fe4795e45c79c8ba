using MeshInsight.Benchmarks.Harness;
using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>A snapshot of 2,000 services and 10,000 endpoints put in force again and again while requests go through: how long it takes, and what the requests notice.</summary>
internal sealed class ProxySwap : IBenchmark
{
    private const int RatePerSecond = 1000;
    private const int Seconds = 20;
    private const string Host = "service-7.mesh";
    private static readonly TimeSpan BetweenSwaps = TimeSpan.FromSeconds(1);

    public string Name => nameof(ProxySwap);

    public string Summary => "a snapshot of 2,000 services and 10,000 endpoints swapped every second under 1,000 requests/s (needs h2load)";

    public IReadOnlyList<BenchmarkRow> Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<BenchmarkRow>> RunAsync()
    {
        using var directory = new TempDirectory();
        await using var upstream = await BenchUpstream.StartAsync();
        await using var plane = await SwapPlane.StartAsync();
        var settings = new Dictionary<string, string> { ["MESH_CONTROL_URL"] = plane.Url.ToString(), ["MESH_MTLS"] = "off" };
        await using var sidecar = await BenchSidecar.StartAsync("swap", null, upstream.OtlpUrl.ToString(), directory.Path, null, settings);
        var pusher = new Pusher(plane, upstream.Url.Authority);
        await pusher.PushAsync();
        await H2Load.RunAsync(sidecar.Outbound, Host, RatePerSecond, Seconds / 2);

        var calm = await MeasureAsync("no swaps", sidecar, _ => Task.CompletedTask);
        pusher.Times.Clear();
        var swapped = await MeasureAsync("a swap a second", sidecar, pusher.RunAsync);
        var times = pusher.Times.Order().ToList();
        return
        [
            calm,
            swapped with { Figures = [.. swapped.Figures, new("swaps", times.Count, ""), new("pushed to in force, median", times[times.Count / 2].TotalMilliseconds, "ms"), new("worst", times[^1].TotalMilliseconds, "ms")] },
        ];
    }

    private static async Task<BenchmarkRow> MeasureAsync(string name, BenchSidecar sidecar, Func<CancellationToken, Task> meanwhile)
    {
        using var end = new CancellationTokenSource();
        double cpu = ProcessStat.CpuSeconds(sidecar.ProcessId);
        var work = meanwhile(end.Token);
        var load = await H2Load.RunAsync(sidecar.Outbound, Host, RatePerSecond, Seconds);
        await end.CancelAsync();
        await work;
        cpu = ProcessStat.CpuSeconds(sidecar.ProcessId) - cpu;
        return new(name, cpu, [new("requests", load.Requests, ""), new("failed", load.Failed, ""), new("p50", load.P50Micros / 1000, "ms"), new("p99", load.P99Micros / 1000, "ms"), new("slowest request", load.MaxMicros / 1000, "ms"), new("resident", ProcessStat.ResidentMegabytes(sidecar.ProcessId), "MB")]);
    }

    private sealed class Pusher(SwapPlane plane, string address)
    {
        private long _version;

        public List<TimeSpan> Times { get; } = [];

        public async Task PushAsync()
        {
            var snapshot = LargeSnapshot.Of(++_version, address);
            foreach (var cluster in snapshot.Clusters)
            {
                // Every cluster differs from that of the snapshot before.
                cluster.Endpoints[(int)(_version % LargeSnapshot.EndpointsPerService)].Zone = "eu/b";
            }

            Times.Add(await plane.PushAsync(snapshot));
        }

        public async Task RunAsync(CancellationToken stopping)
        {
            using var pace = new PeriodicTimer(BetweenSwaps);
            try
            {
                while (await pace.WaitForNextTickAsync(stopping))
                {
                    await PushAsync();
                }
            }
            catch (OperationCanceledException)
            {
                // The time is over.
            }
        }
    }
}
