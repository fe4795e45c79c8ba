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
    private const int Parts = 5;
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
        var watching = WatchAsync(mesh, end.Token);
        await calling;
        int pushes = await pushing, kills = await killing;
        var watched = await watching;
        foreach (var (how, count) in load.Failures)
        {
            Console.WriteLine($"{count} × {how}");
        }

        var (p50, p99, max) = load.Millis();
        var samples = watched.Memory;
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
                new("certificates", watched.Certificates, ""),
                new("apps killed", kills, ""),
                .. Enumerable.Range(1, Parts - 1).SelectMany(part => Part(samples, part)),
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

    /// <summary>The least of a part of the run: what is held whatever the collectors of garbage have just left lying.</summary>
    private static IEnumerable<Figure> Part(List<(double Resident, double Heap)> samples, int part)
    {
        int size = samples.Count / Parts;
        var during = samples.Skip(part * size).Take(size).ToList();
        yield return new($"least resident, fifth {part + 1}", during.Min(s => s.Resident), "MB");
        yield return new($"least heap, fifth {part + 1}", during.Min(s => s.Heap), "MB");
    }

    /// <summary>Counts the certificates that the caller has had, and looks at memory every second.</summary>
    private static async Task<(int Certificates, List<(double Resident, double Heap)> Memory)> WatchAsync(SoakMesh mesh, CancellationToken stopping)
    {
        var seen = new HashSet<double>();
        var memory = new List<(double, double)>();
        await EveryAsync(TimeSpan.FromSeconds(1), async _ =>
        {
            seen.Add(await mesh.Caller.MetricAsync("identity_cert_expiration_timestamp_seconds"));
            memory.Add((mesh.ResidentMegabytes(), await mesh.HeapMegabytesAsync()));
        }, stopping);
        return (seen.Count, memory);
    }
}
