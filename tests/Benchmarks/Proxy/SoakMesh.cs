using System.Net.Http.Headers;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>A control plane that issues short certificates, two apps behind their sidecars, and a caller's.</summary>
internal sealed class SoakMesh : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly List<BenchSidecar> _sidecars = [];
    private readonly HttpClient _http = new();

    public List<BenchApp> Apps { get; } = [];

    public BenchSidecar Caller { get; private set; } = null!;

    public static async Task<SoakMesh> StartAsync(string otlp, string directory)
    {
        var mesh = new SoakMesh();
        var control = await BenchControlPlane.StartAsync(directory, new Dictionary<string, string> { ["MESH_CERT_SECONDS"] = "10" });
        mesh._parts.Push(control);
        mesh._http.BaseAddress = control.Api;
        mesh._http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", BenchControlPlane.Token);
        var settings = new Dictionary<string, string>(control.SidecarSettings) { ["MESH_VERSION"] = "v1" };
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

    public async Task<double> HeapMegabytesAsync()
    {
        double sum = 0;
        foreach (var sidecar in _sidecars)
        {
            sum += await sidecar.MetricAsync("dotnet_gc_last_collection_heap_size_bytes") / 1e6;
        }

        return sum;
    }

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
