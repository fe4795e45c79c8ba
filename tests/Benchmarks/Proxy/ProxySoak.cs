using System.Globalization;
using System.Net.Http.Headers;
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

    /// <summary>A control plane that issues short certificates, two apps behind their sidecars, and a caller's.</summary>
    private sealed class SoakMesh : IAsyncDisposable
    {
        private const string Token = "benchmark-token";
        private readonly Stack<IAsyncDisposable> _parts = new();
        private readonly List<BenchSidecar> _sidecars = [];
        private readonly HttpClient _http = new();

        public List<BenchApp> Apps { get; } = [];

        public BenchSidecar Caller { get; private set; } = null!;

        public static async Task<SoakMesh> StartAsync(string otlp, string directory)
        {
            var mesh = new SoakMesh();
            string token = Path.Combine(directory, "token");
            await File.WriteAllTextAsync(token, Token + "\n");
            var control = ProgramProcess.Start(Repository.ProgramPath("ControlPlane"), new Dictionary<string, string>
            {
                ["MESH_API_PORT"] = "0",
                ["MESH_GRPC_PORT"] = "0",
                ["MESH_DATA_DIR"] = Path.Combine(directory, "control"),
                ["MESH_TOKEN_FILE"] = token,
                ["MESH_CLICKHOUSE_URL"] = "",
                ["MESH_CERT_SECONDS"] = "10",
            });
            mesh._parts.Push(control);
            mesh._http.BaseAddress = await control.ListeningAsync("api");
            mesh._http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
            var settings = new Dictionary<string, string> { ["MESH_VERSION"] = "v1", ["MESH_TOKEN_FILE"] = token, ["MESH_CONTROL_URL"] = (await control.ListeningAsync("grpc")).ToString() };
            for (int i = 0; i < 2; i++)
            {
                var app = new BenchApp();
                mesh._parts.Push(app);
                await app.StartAsync();
                mesh.Apps.Add(app);
                settings["MESH_INSTANCE"] = $"upstream-{i}";
                mesh._sidecars.Add(mesh.Keep(await BenchSidecar.StartAsync("upstream", app.Url, otlp, directory, null, settings)));
            }

            settings["MESH_INSTANCE"] = "caller-0";
            mesh.Caller = mesh.Keep(await BenchSidecar.StartAsync("caller", null, otlp, directory, null, settings));
            mesh._sidecars.Add(mesh.Caller);
            return mesh;
        }

        /// <summary>The same route with another timeout: a new snapshot.</summary>
        public async Task ApplyAsync(int turn)
        {
            string yaml = $$"""
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: { name: upstream }
                spec:
                  parentRefs: [{ group: "", kind: Service, name: upstream }]
                  rules:
                    - timeouts: { request: {{20_000 + (turn % 1000)}}ms }
                      retry: { attempts: 4, codes: [502, 503], backoff: 25ms }
                      backendRefs: [{ name: upstream, port: 80 }]
                """;
            if (turn == 0)
            {
                yaml = """
                    apiVersion: meshinsight.io/v1
                    kind: Service
                    metadata: { name: upstream }
                    spec:
                      ports: [{ name: http, port: 80, protocol: HTTP }]
                      versions: [v1]
                    ---

                    """ + yaml;
            }

            using var response = await _http.PostAsync(new Uri("/api/v1/apply", UriKind.Relative), new StringContent(yaml));
            if (!response.IsSuccessStatusCode)
            {
                throw new InvalidOperationException(await response.Content.ReadAsStringAsync());
            }
        }

        /// <summary>Until the caller's sidecar has its first snapshot with the service.</summary>
        public async Task RoutedAsync()
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            bool isRouted = false;
            while (!isRouted)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, Caller.Outbound) { Headers = { Host = "upstream.mesh" } };
                using var response = await _http.SendAsync(request, limit.Token);
                isRouted = response.IsSuccessStatusCode;
            }
        }

        public async Task BounceAsync(int app, TimeSpan dead)
        {
            await Apps[app].KillAsync();
            await Task.Delay(dead);
            await Apps[app].StartAsync();
        }

        public double ResidentMegabytes() => _sidecars.Sum(s => ProcessStat.ResidentMegabytes(s.ProcessId));

        public double CpuSeconds() => _sidecars.Sum(s => ProcessStat.CpuSeconds(s.ProcessId));

        public async ValueTask DisposeAsync()
        {
            while (_parts.TryPop(out var part))
            {
                await part.DisposeAsync();
            }

            _http.Dispose();
        }

        private BenchSidecar Keep(BenchSidecar sidecar)
        {
            _parts.Push(sidecar);
            return sidecar;
        }
    }
}
