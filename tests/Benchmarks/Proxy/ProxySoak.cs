using System.Globalization;
using MeshInsight.Benchmarks.Harness;
using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>
/// Ten minutes in which everything changes at once: a new snapshot every 100 ms, certificates that live ten seconds and are renewed after five, an app killed every ten
/// seconds. 800 requests a second through two sidecars within mutual TLS; what may be retried must succeed, and memory must not grow.
/// </summary>
internal sealed class ProxySoak : IBenchmark
{
    private const string MinutesVariable = "MESH_SOAK_MINUTES";
    private static readonly TimeSpan BetweenSnapshots = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BetweenKills = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Dead = TimeSpan.FromSeconds(1);

    public string Name => nameof(ProxySoak);

    public string Summary => $"ten minutes (or {MinutesVariable}) of snapshot pushes, certificate rotations and killed apps under load: failures and growth of memory";

    public IReadOnlyList<BenchmarkRow> Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<BenchmarkRow>> RunAsync()
    {
        double minutes = double.Parse(Environment.GetEnvironmentVariable(MinutesVariable) ?? "10", CultureInfo.InvariantCulture);
        using var directory = new TempDirectory();
        await using var sink = await BenchUpstream.StartAsync();
        await using var mesh = await SoakMesh.StartAsync(sink.OtlpUrl.ToString(), directory.Path);
        await mesh.ApplyAsync(0);
        await mesh.RoutedAsync();
        using var load = new SoakLoad(mesh.Caller.Outbound, "upstream.mesh");
        using var end = new CancellationTokenSource(TimeSpan.FromMinutes(minutes));
        var calling = load.RunAsync(end.Token);
        var pushing = EveryAsync(BetweenSnapshots, mesh.ApplyAsync, end.Token);
        var killing = EveryAsync(BetweenKills, turn => mesh.BounceAsync(turn % mesh.Apps.Count, Dead), end.Token);
        var watching = WatchAsync(mesh, minutes, end.Token);
        await calling;
        int pushes = await pushing, kills = await killing;
        var (rotations, early) = await watching;
        foreach (var (how, count) in load.Failures)
        {
            Console.WriteLine($"{count} × {how}");
        }

        var (p50, p99, max) = load.Millis();
        double late = mesh.ResidentMegabytes();
        return
        [
            new($"{minutes:0.#} minutes", mesh.CpuSeconds(),
            [
                new("requests", load.Requests, ""),
                new("failed", load.Failed, ""),
                new("p50", p50, "ms"),
                new("p99", p99, "ms"),
                new("worst", max, "ms"),
                new("snapshots", pushes, ""),
                new("certificates", rotations, ""),
                new("apps killed", kills, ""),
                new("resident after a tenth", early, "MB"),
                new("resident at the end", late, "MB"),
            ]),
        ];
    }

    private static async Task<int> EveryAsync(TimeSpan pause, Func<int, Task> work, CancellationToken stopping)
    {
        using var pace = new PeriodicTimer(pause);
        int turns = 0;
        try
        {
            while (await pace.WaitForNextTickAsync(stopping))
            {
                await work(++turns);
            }
        }
        catch (OperationCanceledException)
        {
            // The time is over.
        }

        return turns;
    }

    /// <summary>Counts the certificates that the caller has had, and looks at memory once the sidecars are warm.</summary>
    private static async Task<(int Certificates, double EarlyMegabytes)> WatchAsync(SoakMesh mesh, double minutes, CancellationToken stopping)
    {
        var seen = new HashSet<double>();
        double early = 0;
        int atEarly = (int)(minutes * 60 / 10);
        await EveryAsync(TimeSpan.FromSeconds(1), async turn =>
        {
            seen.Add(await mesh.Caller.MetricAsync("identity_cert_expiration_timestamp_seconds"));
            early = turn == atEarly ? mesh.ResidentMegabytes() : early;
        }, stopping);
        return (seen.Count, early);
    }
}
